/** Calls of the C library for what Node has no call for. */
export interface Libc {
  /** madvise(2). */
  madvise(address: number, length: number, advice: number): unknown
  /** userfaultfd(2): a file descriptor, or -1. */
  userfaultfd(flags: number): number
  /** ioctl(2) with a structure, which is read and written; -1 when it failed. */
  ioctl(descriptor: number, request: number, structure: Uint8Array): unknown
}

/** userfaultfd(2) has no function in the C library, only a number for each processor. */
const USERFAULTFD: Readonly<Record<string, number>> = { x64: 323, arm64: 282 }

/** Undefined where it cannot be called: no `koffi` for the machine, or another C library. */
export async function loadLibc(): Promise<Libc | undefined> {
  try {
    const { load } = await import('koffi')
    const library = load('libc.so.6')
    const syscall = library.func('long syscall(long number, int flags)')
    const number = USERFAULTFD[process.arch]
    return {
      madvise: library.func('int madvise(uintptr_t address, size_t length, int advice)'),
      userfaultfd: (flags) => (number === undefined ? -1 : Number(syscall(number, flags))),
      ioctl: library.func('int ioctl(int descriptor, unsigned long request, void *structure)'),
    }
  } catch {
    return undefined
  }
}
