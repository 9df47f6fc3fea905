#pragma once
// First, because libevent's configuration defines _GNU_SOURCE, which would give this module another fd_set than Glibc's.
#include <features.h>
#include <event2/event.h>
#include <event2/listener.h>
