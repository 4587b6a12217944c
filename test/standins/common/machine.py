"""What a server asks of the machine it runs on."""

import os

MEGABYTE = 1024 * 1024


def memory_bytes():
    """The container's limit (cgroup v2, then v1), or the machine's memory where that is less."""
    total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    for path in ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"):
        try:
            with open(path) as file:
                limit = file.read().strip()
        except OSError:
            continue
        return total if limit == "max" else min(total, int(limit))
    return total


def unlisted(prefixes, listed):
    """The environment variables that begin like the image's own and are none of them."""
    return sorted(name for name in os.environ if name.startswith(prefixes) and name not in listed)


def capabilities():
    """The effective ones, as a set of bit numbers."""
    with open("/proc/self/status") as file:
        mask = next(int(line.split()[1], 16) for line in file if line.startswith("CapEff:"))
    return {bit for bit in range(64) if mask >> bit & 1}
