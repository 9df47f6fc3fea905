// What Swift's Glibc module leaves out. No _GNU_SOURCE here: two modules would then see two layouts of fd_set.
#pragma once
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <unistd.h>

// prctl is variadic, which Swift can't call.
static inline int martlet_thread_name(const char *name) { return prctl(PR_SET_NAME, name, 0, 0, 0); }

// A child whose parent dies gets this signal, so that no service outlives `martlet up`.
static inline int martlet_die_with_parent(int signal) { return prctl(PR_SET_PDEATHSIG, signal, 0, 0, 0); }

// cpu_set_t needs _GNU_SOURCE; the first 64 processors fit into one word, which is what the kernel takes.
static inline long martlet_pin_thread(int thread, unsigned long processors) {
    return syscall(SYS_sched_setaffinity, thread, sizeof processors, &processors);
}
