/* What a page of memory or a block of a disk holds: every byte follows from its place and how often it was written,
 * so that a byte that is wrong, old or from elsewhere is found without keeping a copy. `hack/labkit/guest/pattern.py`
 * writes the same. */
#include "guest.h"

#include <string.h>

static const uint64_t MAGIC = 0x3154495744474f47ULL, GOLDEN = 0x9e3779b97f4a7c15ULL;

void fill(uint64_t *words, uint64_t place, uint64_t sequence) {
    words[0] = MAGIC;
    words[1] = place;
    words[2] = sequence;
    uint64_t x = (place + 1) * GOLDEN ^ sequence;
    for (int i = 3; i < (int)WORDS; i++) {
        x ^= x << 13;
        x ^= x >> 7;
        x ^= x << 17;
        words[i] = x;
    }
}

int intact(const uint64_t *words, uint64_t place, uint64_t sequence) {
    uint64_t expected[WORDS];
    fill(expected, place, sequence);
    return memcmp(words, expected, PAGE) == 0;
}
