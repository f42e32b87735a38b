/* Port 7000 of TCP: one command a line, the answer in lines, `end` after it. */
#include "guest.h"

#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/reboot.h>
#include <unistd.h>

static void status(FILE *out) {
    char boot_id[64] = "unknown";
    FILE *file = fopen("/proc/sys/kernel/random/boot_id", "r");
    if (file && fscanf(file, "%63s", boot_id) != 1)
        strcpy(boot_id, "unreadable");
    if (file)
        fclose(file);
    fprintf(out, "guest boot_id=%s uptime=%.3f pages_written=%llu", boot_id, now(),
            (unsigned long long)pages_written());
    count_disks(out);
    fprintf(out, "\n");
    report_clock(out, 0);
}

static void crash(void) {
    int fd = open("/proc/sysrq-trigger", O_WRONLY);
    if (fd < 0 || write(fd, "c", 1) != 1)
        exit(1); /* the kernel panics when its first process ends */
}

static void obey(const char *command, FILE *out) {
    void (*last)(void) = 0;
    int how = 0;
    if (!strcmp(command, "status"))
        status(out);
    else if (!strcmp(command, "memory"))
        verify_memory(out);
    else if (!strcmp(command, "disks"))
        verify_disks(out);
    else if (!strcmp(command, "clock"))
        report_clock(out, 1);
    else if (!strcmp(command, "flip"))
        fprintf(out, "flipped page=%d\n", flip_byte());
    else if (!strcmp(command, "poweroff"))
        how = RB_POWER_OFF;
    else if (!strcmp(command, "reboot"))
        how = RB_AUTOBOOT;
    else if (!strcmp(command, "crash"))
        last = crash;
    else
        fprintf(out, "unknown command\n");
    fprintf(out, "end\n");
    fflush(out);
    if (!how && !last)
        return;
    nap(0.1); /* the answer leaves first */
    if (how)
        reboot(how);
    else
        last();
}

static void *converse(void *argument) {
    struct sched_param ordinary = {0};
    sched_setscheduler(0, SCHED_OTHER, &ordinary); /* verifying takes long; echoes come first */
    int fd = (int)(intptr_t)argument;
    FILE *in = fdopen(fd, "r"), *out = fdopen(dup(fd), "w");
    char line[128];
    while (in && out && fgets(line, sizeof line, in)) {
        line[strcspn(line, "\r\n")] = 0;
        obey(line, out);
    }
    if (in)
        fclose(in);
    if (out)
        fclose(out);
    return 0;
}

void start_control(void) { serve(7000, converse); }
