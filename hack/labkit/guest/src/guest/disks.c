/* Records on every disk: block by block, each with its place and how often it was written, past the page cache.
 * The first blocks and the last are written once; with a rate, the blocks after the first ones are written round
 * and round. A write counts only when the disk has acknowledged it, and is repeated until then. Read-only disks
 * were filled from outside. `verify_disks` reads everything back past the cache. */
#include "guest.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MOST_DISKS = 16, STILL = 256, RING = 8192, AT_ONCE = 16, PER_WRITE = 4 };

/* Slot i is block i; the last slot is the disk's last block. */
struct disk {
    char name[8];
    int fd, read_only, last_error;
    uint64_t blocks, still, slots, errors;
    uint32_t *sequences;
    pthread_mutex_t lock;
};
static struct disk disks[MOST_DISKS];
static int count;
static uint64_t rate;

static uint64_t block_of(const struct disk *disk, uint64_t slot) {
    return slot + 1 == disk->slots ? disk->blocks - 1 : slot;
}

static uint64_t *buffer_of(int blocks) {
    uint64_t *buffer = aligned_alloc(PAGE, blocks * PAGE);
    if (!buffer)
        exit(1);
    return buffer;
}

/* `slots` neighbouring blocks, not the last slot among them unless it stands alone. */
static void write_slots(struct disk *disk, uint64_t slot, int slots, uint64_t *buffer) {
    for (int i = 0; i < slots; i++)
        fill(buffer + i * WORDS, block_of(disk, slot + i), disk->sequences[slot + i] + 1);
    pthread_mutex_lock(&disk->lock);
    ssize_t size = slots * PAGE;
    while (pwrite(disk->fd, buffer, size, block_of(disk, slot) * PAGE) != size) {
        disk->last_error = errno;
        disk->errors++;
        pthread_mutex_unlock(&disk->lock);
        nap(0.1);
        pthread_mutex_lock(&disk->lock);
    }
    for (int i = 0; i < slots; i++)
        disk->sequences[slot + i]++;
    pthread_mutex_unlock(&disk->lock);
}

static void *work(void *argument) {
    struct disk *disk = argument;
    uint64_t *buffer = buffer_of(AT_ONCE);
    for (uint64_t slot = 0; slot < disk->still; slot += AT_ONCE)
        write_slots(disk, slot, disk->still - slot < AT_ONCE ? (int)(disk->still - slot) : AT_ONCE, buffer);
    write_slots(disk, disk->slots - 1, 1, buffer);
    uint64_t ring = (disk->slots - 1 - disk->still) / PER_WRITE * PER_WRITE;
    double since = now();
    for (uint64_t next = 0; rate && ring; nap(0.02))
        for (uint64_t due = owed(&since, rate / (PER_WRITE * PAGE)); due; due--, next += PER_WRITE)
            write_slots(disk, disk->still + next % ring, PER_WRITE, buffer);
    free(buffer);
    return 0;
}

static int number_in(const char *path, uint64_t *number) {
    FILE *file = fopen(path, "r");
    unsigned long long found = 0;
    int read = file && fscanf(file, "%llu", &found) == 1;
    if (file)
        fclose(file);
    *number = found;
    return read;
}

static void open_disk(char letter) {
    char path[64];
    uint64_t read_only, sectors;
    snprintf(path, sizeof path, "/sys/block/vd%c/ro", letter);
    if (!number_in(path, &read_only))
        return;
    snprintf(path, sizeof path, "/sys/block/vd%c/size", letter);
    number_in(path, &sectors);
    struct disk *disk = &disks[count];
    snprintf(disk->name, sizeof disk->name, "vd%c", letter);
    disk->read_only = read_only != 0;
    disk->blocks = sectors * 512 / PAGE;
    snprintf(path, sizeof path, "/dev/vd%c", letter);
    disk->fd = open(path, O_DIRECT | (disk->read_only ? O_RDONLY : O_RDWR | O_DSYNC));
    if (disk->fd < 0 || disk->blocks < 8) {
        printf("guest: %s can't be used: %s\n", path, disk->fd < 0 ? strerror(errno) : "too small");
        return;
    }
    disk->still = disk->blocks / 4 < STILL ? disk->blocks / 4 : STILL;
    uint64_t rest = disk->blocks - disk->still - 1;
    disk->slots = disk->still + (rest < RING ? rest : RING) + 1;
    disk->sequences = calloc(disk->slots, sizeof *disk->sequences);
    pthread_mutex_init(&disk->lock, 0);
    count++;
    if (disk->read_only)
        for (uint64_t slot = 0; slot < disk->still; slot++)
            disk->sequences[slot] = 1;
    else
        start_thread(work, disk, 0);
}

void start_disks(uint64_t bytes_per_second) {
    rate = bytes_per_second;
    for (char letter = 'a'; letter < 'a' + MOST_DISKS; letter++)
        open_disk(letter);
}

static void verify_disk(struct disk *disk, uint64_t *buffer, FILE *out) {
    uint64_t records = 0, bad = 0, first = 0;
    for (uint64_t slot = 0; slot < disk->slots;) {
        uint64_t left = disk->slots - 1 - slot;
        int slots = left == 0 ? 1 : left < AT_ONCE ? (int)left : AT_ONCE, wanted = 0;
        uint32_t sequences[AT_ONCE];
        pthread_mutex_lock(&disk->lock);
        for (int i = 0; i < slots; i++)
            wanted += (sequences[i] = disk->sequences[slot + i]) != 0;
        int read = !wanted || pread(disk->fd, buffer, slots * PAGE, block_of(disk, slot) * PAGE) == slots * PAGE;
        pthread_mutex_unlock(&disk->lock);
        for (int i = 0; i < slots; i++) {
            uint64_t block = block_of(disk, slot + i);
            if (sequences[i] && !(read && intact(buffer + i * WORDS, block, sequences[i])) && !bad++)
                first = block;
        }
        records += wanted;
        slot += slots;
    }
    fprintf(out, "disk name=%s read_only=%d records=%llu bad=%llu first=%llu errors=%llu error=%d\n", disk->name,
            disk->read_only, (unsigned long long)records, (unsigned long long)bad, (unsigned long long)first,
            (unsigned long long)disk->errors, disk->last_error);
    fflush(out); /* a disk that hangs must not hide what was found on the others */
}

void verify_disks(FILE *out) {
    uint64_t *buffer = buffer_of(AT_ONCE);
    for (int i = 0; i < count; i++)
        verify_disk(&disks[i], buffer, out);
    free(buffer);
}

void count_disks(FILE *out) {
    uint64_t records = 0;
    int begun = 0;
    for (int i = 0; i < count; i++) {
        for (uint64_t slot = 0; slot < disks[i].slots; slot++)
            records += disks[i].sequences[slot];
        begun += disks[i].read_only || disks[i].sequences[disks[i].slots - 1]; /* written after the first ones */
    }
    fprintf(out, " disks=%d begun=%d records_written=%llu", count, begun, (unsigned long long)records);
}
