/* Threads that nobody joins. */
#include "guest.h"

#include <pthread.h>
#include <sched.h>
#include <stdlib.h>

void start_thread(void *(*run)(void *), void *argument, int urgent) {
    pthread_t thread;
    pthread_attr_t attributes;
    struct sched_param first = {.sched_priority = urgent ? 10 : 0};
    pthread_attr_init(&attributes);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    pthread_attr_setinheritsched(&attributes, PTHREAD_EXPLICIT_SCHED);
    pthread_attr_setschedpolicy(&attributes, urgent ? SCHED_RR : SCHED_OTHER);
    pthread_attr_setschedparam(&attributes, &first);
    pthread_attr_setstacksize(&attributes, 256 << 10);
    if (pthread_create(&thread, &attributes, run, argument)) {
        printf("guest: a thread could not be started\n");
        exit(1);
    }
    pthread_attr_destroy(&attributes);
}
