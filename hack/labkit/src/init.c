/* PID 1 of a host: starts the supervisor and reaps at once whatever is orphaned.
 * libvirt waits until a QEMU that it ended has been reaped, so a slow init makes every migration slow. */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void) {
    signal(SIGTERM, SIG_IGN);
    signal(SIGINT, SIG_IGN);
    pid_t supervisor = fork();
    if (supervisor == 0) {
        setsid();
        execl("/usr/bin/runsvdir", "runsvdir", "-P", "/run/sv", (char *)0);
        _exit(127);
    }
    for (;;) {
        pid_t gone = wait(0);
        if (gone == supervisor || (gone < 0 && errno == ECHILD))
            return EXIT_FAILURE;
    }
}
