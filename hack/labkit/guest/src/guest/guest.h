/* The guest's only program, PID 1 of its initramfs: it knows what it wrote to memory and disks, and answers for it. */
#ifndef GUEST_H
#define GUEST_H

#define _GNU_SOURCE
#include <stdint.h>
#include <stdio.h>

enum { PAGE = 4096, WORDS = PAGE / sizeof(uint64_t) };

/* pattern.c: what a page or block holds that was written for the `sequence`th time */
void fill(uint64_t *words, uint64_t place, uint64_t sequence);
int intact(const uint64_t *words, uint64_t place, uint64_t sequence);

/* memory.c */
void start_memory(uint64_t working_set_bytes, uint64_t bytes_per_second);
uint64_t pages_written(void);
void verify_memory(FILE *out);
int flip_byte(void);

/* disks.c */
void start_disks(uint64_t bytes_per_second);
void verify_disks(FILE *out);
void count_disks(FILE *out);

/* network.c */
void start_network(const char *address);
void serve(int port, void *(*connection)(void *));
void start_echoes(void);

/* control.c */
void start_control(void);

/* clock.c */
double now(void);
void nap(double seconds);
uint64_t owed(double *since, uint64_t units_per_second);
void start_clock(void);
void report_clock(FILE *out, int anew);

/* threads.c: a thread that nobody joins; an `urgent` one runs before all others, so that work is no silence */
void start_thread(void *(*run)(void *), void *argument, int urgent);

#endif
