#include "base/syscalls.h"

#include "config.h"

#include <stdio.h>

#if SANITIZED

bool
syscalls_restrict(char *why, size_t why_size)
{
	(void)snprintf(why, why_size, "built with sanitizers");
	return false;
}

#else

#include <errno.h>
#include <sched.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <seccomp.h>

/* Families of sockets up to here are looked at one by one. */
#define FAMILY_MAX AF_NETLINK

/* The place of clone's flags among its arguments. */
#if defined(__s390__) || defined(__CRIS__)
#define CLONE_FLAGS 1
#else
#define CLONE_FLAGS 0
#endif

/*
 * A name that this machine's kernel or libseccomp doesn't know is passed over.
 * Names ending in 32 and 64 are those of 32-bit machines.
 */
static const char *const needed[] = {
    /* memory */
    "brk", "madvise", "mmap", "mmap2", "mprotect", "mremap", "munmap",
    /* threads and signals */
    "exit", "exit_group", "futex", "futex_time64", "getpid", "gettid",
    "membarrier", "restart_syscall", "rseq", "rt_sigaction", "rt_sigpending",
    "rt_sigprocmask", "rt_sigreturn", "rt_sigtimedwait",
    "rt_sigtimedwait_time64", "sched_getaffinity", "sched_yield",
    "set_robust_list", "sigaltstack", "sigreturn",
    /* time, chance, and what the machine is */
    "clock_getres", "clock_getres_time64", "clock_gettime", "clock_gettime64",
    "clock_nanosleep", "clock_nanosleep_time64", "getrandom", "getrlimit",
    "gettimeofday", "nanosleep", "prlimit64", "sysinfo", "time", "ugetrlimit",
    "uname", "getcpu",
    /* who we are */
    "getegid", "getegid32", "geteuid", "geteuid32", "getgid", "getgid32",
    "getuid", "getuid32",
    /* reading files */
    "_llseek", "access", "close", "dup", "dup2", "dup3", "faccessat",
    "faccessat2", "fcntl", "fcntl64", "fstat", "fstat64", "fstatat64",
    "fstatfs", "fstatfs64", "getcwd", "getdents", "getdents64", "lseek",
    "lstat", "lstat64", "newfstatat", "open", "openat", "pread64", "read",
    "readlink", "readlinkat", "readv", "stat", "stat64", "statfs", "statfs64",
    "statx",
    /* the page store, and the socket when the worker ends */
    "chmod", "chown", "chown32", "fchmod", "fchmodat", "fchownat", "fsync",
    "ftruncate", "ftruncate64", "memfd_create", "lchown", "lchown32", "mkdir",
    "mkdirat", "pwrite64", "rename", "renameat", "renameat2", "rmdir", "umask",
    "unlink", "unlinkat", "utimensat", "utimensat_time64", "write", "writev",
    /* waiting */
    "epoll_create1", "epoll_ctl", "epoll_pwait", "epoll_pwait2", "epoll_wait",
    "eventfd2", "pipe2", "poll", "ppoll", "ppoll_time64", "pselect6",
    "pselect6_time64", "select", "_newselect",
    /* connections; socket() is below */
    "accept", "accept4", "bind", "connect", "getpeername", "getsockname",
    "getsockopt", "listen", "recv", "recvfrom", "recvmmsg", "recvmmsg_time64",
    "recvmsg", "send", "sendmmsg", "sendmsg", "sendto", "setsockopt",
    "shutdown"};

static const char *const never[] = {
    /* programs and processes; a clone() that is no thread is below */
    "execve", "execveat", "fork", "vfork",
    /* other processes' memory and descriptors */
    "kcmp", "pidfd_getfd", "process_madvise", "process_vm_readv",
    "process_vm_writev", "ptrace",
    /* other rights */
    "capset", "setfsgid", "setfsgid32", "setfsuid", "setfsuid32", "setgid",
    "setgid32", "setgroups", "setgroups32", "setregid", "setregid32",
    "setresgid", "setresgid32", "setresuid", "setresuid32", "setreuid",
    "setreuid32", "setuid", "setuid32",
    /* another view of the files */
    "chroot", "fsconfig", "fsmount", "fsopen", "fspick", "mknod", "mknodat",
    "mount", "mount_setattr", "move_mount", "open_by_handle_at", "open_tree",
    "pivot_root", "setns", "umount", "umount2", "unshare",
    /* the kernel, and parts of it that have opened many a door */
    "add_key", "bpf", "delete_module", "fanotify_init", "finit_module",
    "init_module", "io_uring_enter", "io_uring_register", "io_uring_setup",
    "kexec_file_load", "kexec_load", "keyctl", "lookup_dcookie", "modify_ldt",
    "nfsservctl", "perf_event_open", "personality", "request_key",
    "userfaultfd",
    /* the machine */
    "acct", "adjtimex", "clock_adjtime", "clock_settime", "ioperm", "iopl",
    "quotactl", "reboot", "setdomainname", "sethostname", "settimeofday",
    "swapoff", "swapon", "syslog", "vhangup"};

/* Redis and the web server; the last is how getaddrinfo asks for addresses. */
static const int families[] = {AF_UNIX, AF_INET, AF_INET6, AF_NETLINK};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* These give 0, or a negative errno. */

static int
add_all(scmp_filter_ctx filter, uint32_t action, const char *const *names,
    size_t count)
{
	int failure = 0;

	for (size_t i = 0; i < count && failure == 0; i++) {
		int number = seccomp_syscall_resolve_name(names[i]);

		if (number != __NR_SCMP_ERROR)
			failure = seccomp_rule_add(filter, action, number, 0);
	}
	return failure;
}

static bool
family_is_needed(int family)
{
	for (size_t i = 0; i < COUNT(families); i++)
		if (families[i] == family)
			return true;
	return false;
}

static int
add_sockets(scmp_filter_ctx filter)
{
	int failure = seccomp_rule_add(filter, SCMP_ACT_KILL_PROCESS,
	    SCMP_SYS(socket), 1, SCMP_A0(SCMP_CMP_GT, FAMILY_MAX));

	for (int family = 0; family <= FAMILY_MAX && failure == 0; family++)
		failure = seccomp_rule_add(filter,
		    family_is_needed(family) ? SCMP_ACT_ALLOW
					     : SCMP_ACT_KILL_PROCESS,
		    SCMP_SYS(socket), 1,
		    SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)family));
	return failure;
}

/*
 * clone3 has its flags where no filter sees them. It is not listed, and libc
 * falls back on clone.
 */
static int
add_threads(scmp_filter_ctx filter)
{
	int failure =
	    seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(clone), 1,
		SCMP_CMP(CLONE_FLAGS, SCMP_CMP_MASKED_EQ, CLONE_THREAD,
		    CLONE_THREAD));

	if (failure != 0)
		return failure;
	return seccomp_rule_add(filter, SCMP_ACT_KILL_PROCESS, SCMP_SYS(clone),
	    1, SCMP_CMP(CLONE_FLAGS, SCMP_CMP_MASKED_EQ, CLONE_THREAD, 0));
}

/* To itself: abort(), and a slot that can't go on. */
static int
add_signals(scmp_filter_ctx filter)
{
	const scmp_datum_t self = (scmp_datum_t)getpid();
	int failure = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(kill),
	    1, SCMP_A0(SCMP_CMP_EQ, self));

	if (failure != 0)
		return failure;
	return seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(tgkill), 1,
	    SCMP_A0(SCMP_CMP_EQ, self));
}

static int
set_up(scmp_filter_ctx filter)
{
	/* Calls of another machine's kind, such as 32-bit ones on x86-64. */
	int failure = seccomp_attr_set(
	    filter, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);

	if (failure == 0)
		failure = seccomp_attr_set(filter, SCMP_FLTATR_CTL_TSYNC, 1);
	/* That is a setting of its own. */
	if (failure == 0)
		failure = seccomp_attr_set(filter, SCMP_FLTATR_CTL_NNP, 0);
	/* The kernel's own words when it says no. */
	if (failure == 0)
		failure = seccomp_attr_set(filter, SCMP_FLTATR_API_SYSRAWRC, 1);
	/* A tree: few comparisons for each call. */
	if (failure == 0)
		failure = seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2);
	return failure;
}

static int
fill(scmp_filter_ctx filter)
{
	int failure = set_up(filter);

	if (failure == 0)
		failure =
		    add_all(filter, SCMP_ACT_ALLOW, needed, COUNT(needed));
	if (failure == 0)
		failure =
		    add_all(filter, SCMP_ACT_KILL_PROCESS, never, COUNT(never));
	if (failure == 0)
		failure = add_sockets(filter);
	if (failure == 0)
		failure = add_threads(filter);
	if (failure == 0)
		failure = add_signals(filter);
	return failure;
}

bool
syscalls_restrict(char *why, size_t why_size)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(ENOSYS));
	int failure = filter == NULL ? -ENOMEM : fill(filter);

	if (failure == 0)
		failure = seccomp_load(filter);
	/* NULL is fine. */
	seccomp_release(filter);
	if (failure == 0)
		return true;
	(void)snprintf(why, why_size, "%s", strerror(-failure));
	return false;
}

#endif
