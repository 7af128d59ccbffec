import { closeSync } from 'node:fs'
import type { Libc } from './libc.ts'

/** Flags of userfaultfd(2): for faults of this process alone, which needs no right; closed in programs that are started. */
const USER_MODE_ONLY = 1
const CLOSE_ON_EXEC = 0o2000000
/** Requests of ioctl_userfaultfd(2). */
const API_REQUEST = 0xc018aa3f
const REGISTER_REQUEST = 0xc020aa00
const API_VERSION = 0xaan
/** The kernel resolves every fault by itself: nobody reads the descriptor. Since Linux 6.7; it also allows mappings of files. */
const WRITE_PROTECT_ASYNC = 1n << 15n
const MODE_WRITE_PROTECT = 2n

/**
 * Lets a fault in a mapping bring the page that was touched and none of its neighbours. The kernel maps sixteen pages around it, or as
 * many as lie together in its cache, up to 2 MiB, which saves faults when a program starts; of a large library of which little is used it
 * makes three pages of four resident that nobody touched (chDB while it inserts and counts: 69 MiB, and 22 MiB with this, for 12 ms of
 * processor time more each time that all of them were given back). It does so unless the mapping is registered with a userfaultfd, whose user would count on one fault a page.
 * Registered for writes, of which there are none in a mapping that cannot be written, nothing else changes.
 */
export class SinglePages {
  readonly #libc: Libc
  /** Undefined until it is needed, -1 where the kernel does not let it. */
  #descriptor: number | undefined
  readonly #registered = new Set<number>()

  constructor(libc: Libc) {
    this.#libc = libc
  }

  /** Mappings that stay as long as the process. Answers whether it is so for them from now on. */
  cover(mappings: readonly { readonly start: number; readonly end: number }[]): boolean {
    this.#descriptor ??= open(this.#libc)
    const descriptor = this.#descriptor
    if (descriptor < 0) return false
    return mappings.map((mapping) => this.#register(descriptor, mapping)).every(Boolean)
  }

  #register(
    descriptor: number,
    { start, end }: { readonly start: number; readonly end: number },
  ): boolean {
    if (this.#registered.has(start)) return true
    const range = new BigUint64Array([BigInt(start), BigInt(end - start), MODE_WRITE_PROTECT, 0n])
    const answer = this.#libc.ioctl(descriptor, REGISTER_REQUEST, new Uint8Array(range.buffer))
    if (answer === 0) this.#registered.add(start)
    return answer === 0
  }
}

/** The descriptor stays open: when it is closed the kernel forgets what was registered. */
function open(libc: Libc): number {
  const descriptor = libc.userfaultfd(USER_MODE_ONLY | CLOSE_ON_EXEC)
  if (descriptor < 0) return -1
  const api = new BigUint64Array([API_VERSION, WRITE_PROTECT_ASYNC, 0n])
  if (libc.ioctl(descriptor, API_REQUEST, new Uint8Array(api.buffer)) === 0) return descriptor
  closeSync(descriptor)
  return -1
}
