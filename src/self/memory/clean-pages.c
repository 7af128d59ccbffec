/*
 * Gives back the clean pages of programs and libraries that this process has mapped: what start-up has touched once stays resident
 * until the kernel itself is short of memory, and nothing but a call of madvise(2) by the process can say that it is not needed.
 * Pages come back from the page cache by themselves when they are touched again; nothing is read from the disk for it.
 *
 * A page of a private mapping of a file that was ever written to is a copy: dropping it would lose what was written. So only
 * segments of loaded objects without the right to write are given back, and of them only mappings in which the kernel counts not
 * one such copy (relocated data, text moved to huge pages). The loader keeps objects from going away while it lists them.
 *
 * The few declarations of Node-API stand here, because its headers are not installed everywhere. They are stable (version 1).
 */
#define _GNU_SOURCE
#include <link.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

typedef struct napi_env__ *napi_env;
typedef struct napi_value__ *napi_value;
typedef struct napi_callback_info__ *napi_callback_info;
typedef napi_value (*napi_callback)(napi_env, napi_callback_info);
extern int napi_create_double(napi_env, double, napi_value *);
extern int napi_create_function(napi_env, const char *, size_t, napi_callback, void *, napi_value *);

/* Below this a mapping is not worth the faults. */
#define LEAST_BYTES (1024UL * 1024UL)
#define MOST_RANGES 64

struct range {
  unsigned long start, end, resident;
};

struct ranges {
  struct range list[MOST_RANGES];
  int count;
  unsigned long given;
};

/* Private mappings of files that cannot be written, hold something and hold no copy. */
static void read_ranges(struct ranges *ranges) {
  FILE *smaps = fopen("/proc/self/smaps", "re");
  if (smaps == NULL) return;
  char line[4608];
  struct range now = {0, 0, 0};
  int eligible = 0;
  while (ranges->count < MOST_RANGES && fgets(line, sizeof line, smaps) != NULL) {
    unsigned long start, end, inode, kib;
    char rights[8];
    if (sscanf(line, "%lx-%lx %7s %*s %*s %lu", &start, &end, rights, &inode) == 4) {
      now = (struct range){start, end, 0};
      eligible = inode != 0 && rights[1] == '-' && rights[3] == 'p';
    } else if (eligible && sscanf(line, "Rss: %lu kB", &kib) == 1) {
      now.resident = kib * 1024;
      if (now.resident < LEAST_BYTES) eligible = 0;
    } else if (eligible && sscanf(line, "Anonymous: %lu kB", &kib) == 1) {
      if (kib == 0) ranges->list[ranges->count++] = now;
      eligible = 0;
    }
  }
  fclose(smaps);
}

static int give_back_object(struct dl_phdr_info *object, size_t size, void *context) {
  (void)size;
  struct ranges *ranges = context;
  const unsigned long page = (unsigned long)sysconf(_SC_PAGESIZE);
  for (int i = 0; i < object->dlpi_phnum; i++) {
    const ElfW(Phdr) *segment = &object->dlpi_phdr[i];
    if (segment->p_type != PT_LOAD || (segment->p_flags & PF_W) != 0) continue;
    const unsigned long from = (object->dlpi_addr + segment->p_vaddr + page - 1) / page * page;
    const unsigned long to = (object->dlpi_addr + segment->p_vaddr + segment->p_memsz) / page * page;
    for (int k = 0; k < ranges->count; k++) {
      const struct range *range = &ranges->list[k];
      const unsigned long start = range->start > from ? range->start : from;
      const unsigned long end = range->end < to ? range->end : to;
      if (start < end && madvise((void *)start, end - start, MADV_DONTNEED) == 0)
        ranges->given += range->resident;
    }
  }
  return 0;
}

/* Answers about how many bytes were given back. */
static napi_value give_back(napi_env env, napi_callback_info info) {
  (void)info;
  struct ranges ranges;
  memset(&ranges, 0, sizeof ranges);
  read_ranges(&ranges);
  dl_iterate_phdr(give_back_object, &ranges);
  napi_value answer = NULL;
  napi_create_double(env, (double)ranges.given, &answer);
  return answer;
}

__attribute__((visibility("default"))) napi_value napi_register_module_v1(napi_env env, napi_value exports) {
  (void)exports;
  napi_value function = NULL;
  napi_create_function(env, "giveBackCleanPages", (size_t)-1, give_back, NULL, &function);
  return function;
}
