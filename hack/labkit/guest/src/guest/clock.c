/* Time as the guest sees it: rates, and the longest step of its clocks, which is how long it stood still. */
#include "guest.h"

#include <pthread.h>
#include <time.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static double longest_monotonic, longest_realtime;

static double read_clock(clockid_t clock) {
    struct timespec t;
    clock_gettime(clock, &t);
    return t.tv_sec + t.tv_nsec / 1e9;
}

double now(void) { return read_clock(CLOCK_MONOTONIC); }

void nap(double seconds) {
    struct timespec t = {(time_t)seconds, (long)((seconds - (time_t)seconds) * 1e9)};
    nanosleep(&t, 0);
}

/* Units that became due since `since`, which moves on by as much. At most a second's worth: who was stopped for
 * longer owes nothing for it. */
uint64_t owed(double *since, uint64_t units_per_second) {
    double at = now(), elapsed = at - *since;
    if (elapsed > 1) {
        *since = at - 1;
        elapsed = 1;
    }
    uint64_t due = (uint64_t)(elapsed * units_per_second);
    if (units_per_second)
        *since += (double)due / units_per_second;
    return due;
}

static void *watch(void *unused) {
    (void)unused;
    for (double monotonic = now(), realtime = read_clock(CLOCK_REALTIME);;) {
        nap(0.05);
        double m = now(), r = read_clock(CLOCK_REALTIME);
        pthread_mutex_lock(&lock);
        if (m - monotonic > longest_monotonic)
            longest_monotonic = m - monotonic;
        if (r - realtime > longest_realtime)
            longest_realtime = r - realtime;
        pthread_mutex_unlock(&lock);
        monotonic = m;
        realtime = r;
    }
    return 0;
}

void start_clock(void) { start_thread(watch, 0, 1); }

void report_clock(FILE *out, int anew) {
    pthread_mutex_lock(&lock);
    fprintf(out, "clock monotonic_ms=%.0f realtime_ms=%.0f\n", 1e3 * longest_monotonic, 1e3 * longest_realtime);
    if (anew)
        longest_monotonic = longest_realtime = 0;
    pthread_mutex_unlock(&lock);
}
