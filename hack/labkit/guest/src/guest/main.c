/* From the kernel's first breath to a guest that answers. Arguments on the kernel's command line: guest.address,
 * guest.working_set (bytes), guest.dirty and guest.write (bytes per second). */
#include "guest.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static void mount_all(void) {
    mkdir("/proc", 0755);
    mkdir("/sys", 0755);
    mkdir("/dev", 0755);
    if (mount("proc", "/proc", "proc", 0, 0) || mount("sysfs", "/sys", "sysfs", 0, 0) ||
        mount("devtmpfs", "/dev", "devtmpfs", 0, 0))
        perror("guest: mount");
}

static void load_modules(void) {
    FILE *list = fopen("/modules/order", "r");
    char name[64], path[80];
    while (list && fscanf(list, "%63s", name) == 1) {
        snprintf(path, sizeof path, "/modules/%s", name);
        int fd = open(path, O_RDONLY | O_CLOEXEC);
        if (fd < 0 || syscall(SYS_finit_module, fd, "", 0))
            perror(path);
        close(fd);
    }
    if (list)
        fclose(list);
}

static const char *argument(const char *line, const char *name) {
    const char *found = strstr(line, name);
    return found ? found + strlen(name) : "";
}

int main(void) {
    char line[2048] = "", address[32] = "";
    mount_all();
    FILE *file = fopen("/proc/cmdline", "r");
    if (file && fgets(line, sizeof line, file))
        sscanf(argument(line, "guest.address="), "%31[0-9.]", address);
    load_modules();
    start_memory(strtoull(argument(line, "guest.working_set="), 0, 10),
                 strtoull(argument(line, "guest.dirty="), 0, 10));
    start_disks(strtoull(argument(line, "guest.write="), 0, 10));
    start_network(address);
    start_clock();
    start_echoes();
    start_control();
    printf("guest: answers at %s after %.2f s\n", address, now());
    for (;;)
        pause();
}
