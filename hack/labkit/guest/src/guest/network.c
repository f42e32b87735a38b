/* The guest's address, and echoes on port 7 of UDP and TCP for those who measure its silences. */
#include "guest.h"

#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

struct service {
    int fd;
    void *(*connection)(void *);
};

void start_network(const char *address) {
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    struct ifreq request = {.ifr_name = "eth0"};
    struct sockaddr_in *field = (struct sockaddr_in *)&request.ifr_addr;
    field->sin_family = AF_INET;
    inet_pton(AF_INET, address, &field->sin_addr);
    int failed = ioctl(fd, SIOCSIFADDR, &request);
    inet_pton(AF_INET, "255.255.255.0", &field->sin_addr);
    failed |= ioctl(fd, SIOCSIFNETMASK, &request);
    request.ifr_flags = IFF_UP | IFF_RUNNING;
    failed |= ioctl(fd, SIOCSIFFLAGS, &request);
    if (failed)
        printf("guest: eth0 could not be given the address %s\n", address);
    close(fd);
}

static int listening(int type, int port) {
    int fd = socket(AF_INET, type, 0), yes = 1;
    struct sockaddr_in here = {.sin_family = AF_INET, .sin_port = htons(port)};
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (bind(fd, (struct sockaddr *)&here, sizeof here) || (type == SOCK_STREAM && listen(fd, 16))) {
        printf("guest: port %d can't be listened on\n", port);
        exit(1);
    }
    return fd;
}

static void *accept_all(void *argument) {
    struct service *service = argument;
    for (;;) {
        int fd = accept(service->fd, 0, 0), yes = 1;
        if (fd < 0)
            continue;
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
        start_thread(service->connection, (void *)(intptr_t)fd, 1);
    }
    return 0;
}

void serve(int port, void *(*connection)(void *)) {
    struct service *service = malloc(sizeof *service);
    if (!service)
        exit(1);
    *service = (struct service){listening(SOCK_STREAM, port), connection};
    start_thread(accept_all, service, 1);
}

static void *echo_datagrams(void *unused) {
    (void)unused;
    char data[2048];
    for (int fd = listening(SOCK_DGRAM, 7);;) {
        struct sockaddr_in peer;
        socklen_t length = sizeof peer;
        ssize_t got = recvfrom(fd, data, sizeof data, 0, (struct sockaddr *)&peer, &length);
        if (got > 0)
            sendto(fd, data, got, 0, (struct sockaddr *)&peer, length);
    }
    return 0;
}

static void *echo_stream(void *argument) {
    int fd = (int)(intptr_t)argument;
    char data[2048];
    for (ssize_t got; (got = read(fd, data, sizeof data)) > 0;)
        if (write(fd, data, got) != got)
            break;
    close(fd);
    return 0;
}

void start_echoes(void) {
    start_thread(echo_datagrams, 0, 1);
    serve(7, echo_stream);
}
