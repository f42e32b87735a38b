/* The working set: pages that are written again and again at a given rate, and before them some that are written
 * once. How often each was written is kept apart from it, so that an old page beside a new counter is found. */
#include "guest.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/mman.h>

enum { STILL = 64 };
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static uint64_t *pattern, *counters, pages, written, rate;

static void write_page(uint64_t page) {
    pthread_mutex_lock(&lock);
    fill(pattern + page * WORDS, page, ++counters[page]);
    written++;
    pthread_mutex_unlock(&lock);
}

static void *dirty(void *unused) {
    (void)unused;
    double since = now();
    for (uint64_t next = 0;; nap(0.02))
        for (uint64_t due = owed(&since, rate / PAGE); due; due--)
            write_page(STILL + next++ % (pages - STILL));
    return 0;
}

void start_memory(uint64_t working_set_bytes, uint64_t bytes_per_second) {
    pages = STILL + working_set_bytes / PAGE;
    rate = bytes_per_second;
    pattern = mmap(0, pages * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    counters = calloc(pages, sizeof *counters);
    if (pattern == MAP_FAILED || !counters) {
        printf("guest: no memory for %llu pages\n", (unsigned long long)pages);
        exit(1); /* the kernel panics and says so */
    }
    for (uint64_t page = 0; page < pages; page++)
        write_page(page);
    if (rate && pages > STILL)
        start_thread(dirty, 0, 0);
}

uint64_t pages_written(void) { return written; }

void verify_memory(FILE *out) {
    uint64_t bad = 0, first = 0;
    for (uint64_t page = 0; page < pages; page++) {
        pthread_mutex_lock(&lock); /* page by page: the writer goes on meanwhile */
        if (!intact(pattern + page * WORDS, page, counters[page]) && !bad++)
            first = page;
        pthread_mutex_unlock(&lock);
    }
    fprintf(out, "memory pages=%llu bad=%llu first=%llu\n", (unsigned long long)pages, (unsigned long long)bad,
            (unsigned long long)first);
}

int flip_byte(void) {
    int page = STILL / 2;
    pthread_mutex_lock(&lock);
    ((unsigned char *)(pattern + page * WORDS))[PAGE / 2] ^= 1;
    pthread_mutex_unlock(&lock);
    return page;
}
