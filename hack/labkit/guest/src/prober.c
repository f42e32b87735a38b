/* A client outside: asks one guest for echoes by UDP and TCP, and remembers the longest silence of each.
 * usage: prober ADDRESS MILLISECONDS SOCKET. It asks by UDP every MILLISECONDS, by TCP half as often, and every 2 and
 * 5 ms as soon as an answer is late: so the end of a silence is always seen to 2 ms, and an idle guest, for which
 * each echo is 0.4 ms of emulation, stays idle. It goes into the background once SOCKET exists; a datagram `read` or
 * `reset` sent there is answered with what was seen since the last reset, as JSON. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

static const double TICK = 0.002, URGENT[] = {0.002, 0.005}, DIAL_EVERY = 0.2;

struct echo {
    int fd, connected;
    double every, urgent, sent, last, longest, longest_ended_at;
    unsigned long answers, lost_connections;
};
static struct echo udp, tcp;
static double since, lateness;

static double read_clock(clockid_t clock) {
    struct timespec t;
    clock_gettime(clock, &t);
    return t.tv_sec + t.tv_nsec / 1e9;
}

static void forget(struct echo *echo, double at) {
    echo->last = at;
    echo->longest = echo->longest_ended_at = 0;
    echo->answers = echo->lost_connections = 0;
}

static void begin(double at) {
    forget(&udp, at);
    forget(&tcp, at);
    since = read_clock(CLOCK_REALTIME);
    lateness = 0;
}

static int dial(const struct sockaddr_in *guest, int type) {
    int fd = socket(AF_INET, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), yes = 1;
    if (fd < 0)
        return -1;
    if (type == SOCK_STREAM)
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    if (connect(fd, (const struct sockaddr *)guest, sizeof *guest) && errno != EINPROGRESS) {
        close(fd);
        return -1;
    }
    return fd;
}

/* Takes in all that has arrived; a broken TCP connection is counted and closed. */
static void hear(struct echo *echo, int stream, double at) {
    char data[2048];
    while (echo->fd >= 0) {
        ssize_t got = recv(echo->fd, data, sizeof data, MSG_DONTWAIT);
        if (got > 0) {
            if (at - echo->last > echo->longest) {
                echo->longest = at - echo->last;
                echo->longest_ended_at = read_clock(CLOCK_REALTIME);
            }
            echo->last = at;
            echo->answers++;
            echo->connected = 1;
            continue;
        }
        if (got < 0 && (errno == EAGAIN || errno == EINTR || !stream))
            return; /* UDP: nothing there, or an ICMP error that the next answer refutes */
        close(echo->fd);
        echo->fd = -1;
        echo->lost_connections += echo->connected;
        echo->connected = 0;
    }
}

/* Sends a byte when it is time to: at the ordinary pace, or faster while an answer is late. */
static void speak(struct echo *echo, double at) {
    int late = at - echo->last > echo->every + 2 * TICK;
    double pace = late && echo->urgent < echo->every ? echo->urgent : echo->every;
    if (echo->fd < 0 || at - echo->sent < pace - TICK / 2)
        return;
    echo->sent = at;
    send(echo->fd, "e", 1, MSG_DONTWAIT | MSG_NOSIGNAL);
}

static int describe(char *text, size_t size, const char *name, const struct echo *echo, double at) {
    double silent = at - echo->last, longest = silent > echo->longest ? silent : echo->longest;
    return snprintf(text, size,
                    "\"%s\": {\"longest_gap_ms\": %.1f, \"longest_gap_ended_at\": %.3f, \"silent_ms\": %.1f, "
                    "\"answers\": %lu, \"lost_connections\": %lu}",
                    name, 1e3 * longest, silent > echo->longest ? read_clock(CLOCK_REALTIME) : echo->longest_ended_at,
                    1e3 * silent, echo->answers, echo->lost_connections);
}

static void answer(int control, double at) {
    char question[16], text[1024];
    struct sockaddr_un peer;
    socklen_t length = sizeof peer;
    ssize_t got = recvfrom(control, question, sizeof question - 1, MSG_DONTWAIT, (struct sockaddr *)&peer, &length);
    if (got <= 0)
        return;
    question[got] = 0;
    int end = snprintf(text, sizeof text, "{\"since\": %.3f, \"own_lateness_ms\": %.1f, ", since, 1e3 * lateness);
    end += describe(text + end, sizeof text - end, "udp", &udp, at);
    end += snprintf(text + end, sizeof text - end, ", ");
    end += describe(text + end, sizeof text - end, "tcp", &tcp, at);
    end += snprintf(text + end, sizeof text - end, "}");
    if (!strcmp(question, "reset"))
        begin(at);
    sendto(control, text, end, MSG_DONTWAIT, (struct sockaddr *)&peer, length);
}

static int listen_at(const char *path) {
    struct sockaddr_un here = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0 || strlen(path) >= sizeof here.sun_path)
        return -1;
    strcpy(here.sun_path, path);
    unlink(path);
    return bind(fd, (struct sockaddr *)&here, sizeof here) ? -1 : fd;
}

static void watch(const struct sockaddr_in *guest, int control) {
    double next = read_clock(CLOCK_MONOTONIC), next_dial = next;
    udp.fd = tcp.fd = -1;
    for (begin(next);; next += TICK) {
        struct timespec until = {(time_t)next, (long)((next - (time_t)next) * 1e9)};
        clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, 0);
        double at = read_clock(CLOCK_MONOTONIC);
        if (at - next > lateness)
            lateness = at - next;
        if (at - next > 10 * TICK)
            next = at; /* what was missed is not made up for */
        hear(&udp, 0, at);
        hear(&tcp, 1, at);
        answer(control, at);
        if (at >= next_dial) {
            next_dial = at + DIAL_EVERY;
            if (udp.fd < 0)
                udp.fd = dial(guest, SOCK_DGRAM);
            if (tcp.fd < 0)
                tcp.fd = dial(guest, SOCK_STREAM);
        }
        speak(&udp, at);
        speak(&tcp, at);
    }
}

int main(int argc, char **argv) {
    struct sockaddr_in guest = {.sin_family = AF_INET, .sin_port = htons(7)};
    double every = argc == 4 ? atof(argv[2]) / 1e3 : 0;
    if (every <= 0 || inet_pton(AF_INET, argv[1], &guest.sin_addr) != 1) {
        fprintf(stderr, "usage: prober ADDRESS MILLISECONDS SOCKET\n");
        return 2;
    }
    udp.every = every;
    udp.urgent = URGENT[0];
    tcp.every = 2 * every;
    tcp.urgent = URGENT[1];
    int control = listen_at(argv[3]);
    if (control < 0) {
        fprintf(stderr, "prober: %s: %s\n", argv[3], strerror(errno));
        return 1;
    }
    if (daemon(0, 0)) {
        perror("prober");
        return 1;
    }
    /* On time even when the machine is busy, or its own delay would look like the guest's. */
    struct sched_param first = {.sched_priority = 10};
    if (sched_setscheduler(0, SCHED_RR, &first))
        setpriority(PRIO_PROCESS, 0, -20);
    watch(&guest, control);
}
