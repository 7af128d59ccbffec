import { readDevice } from './files.ts'

/** Who answers: a local file system, a remote one, or a device driver behind sysfs. */
export type SlowKind = 'local' | 'remote' | 'device'

/** The call did not return in time; it still holds its slot. */
export class CallTimeout extends Error {
  override readonly name = 'CallTimeout'
}

const SLOTS: Readonly<Record<SlowKind, number>> = { local: 1, remote: 2, device: 1 }

/** Node's file calls run on four threads by default; one must stay free for the rest of the program. */
const SLOTS_IN_ALL = 3

interface Waiter {
  readonly kind: SlowKind
  readonly start: () => void
}

/**
 * Calls into the kernel that may never return (statfs of a dead NFS mount, a sensor whose driver hangs). Each occupies a
 * thread of Node's pool until it returns, so only a few run at a time, counted by kind: two dead mounts cannot keep local disks
 * from being read, and all of them together cannot stop the file access of everything else.
 */
export class SlowCalls {
  readonly #running: Record<SlowKind, number> = { local: 0, remote: 0, device: 0 }
  /** Of those running, the ones whose deadline has passed. */
  readonly #late: Record<SlowKind, number> = { local: 0, remote: 0, device: 0 }
  readonly #waiting: Waiter[] = []

  /**
   * Runs `call` when a slot is free. Rejects with `CallTimeout` at `deadlineMs` (of performance.now()), whether it waits for a
   * slot or for the answer, and at once when every slot is held by calls that are late already. A call that was started keeps
   * its slot until it returns; one that only waited never starts. `call` rejects and does not throw.
   */
  run<T>(kind: SlowKind, deadlineMs: number, call: () => Promise<T>): Promise<T> {
    if (this.#isHopeless(kind)) return Promise.reject(new CallTimeout('earlier calls hang'))
    return new Promise<T>((resolve, reject) => {
      let isLate = false
      const waiter: Waiter = { kind, start: () => work() }
      const giveUp = (): void => {
        const at = this.#waiting.indexOf(waiter)
        if (at >= 0) {
          this.#waiting.splice(at, 1)
        } else {
          isLate = true
          this.#late[kind]++
        }
        reject(new CallTimeout('no answer in time'))
      }
      const timer = setTimeout(giveUp, Math.max(0, deadlineMs - performance.now()))
      const release = (): void => {
        clearTimeout(timer)
        this.#running[kind]--
        if (isLate) this.#late[kind]--
        this.#startWaiting()
      }
      const work = (): void => {
        this.#running[kind]++
        const answer = call()
        answer.then(resolve, reject)
        answer.then(release, release)
      }
      this.#waiting.push(waiter)
      this.#startWaiting()
    })
  }

  /**
   * The trimmed text of an attribute of a device, or undefined when it cannot be read (a sensor that is switched off answers
   * with an error). Rejects only with `CallTimeout`.
   */
  async readAttribute(path: string, deadlineMs: number): Promise<string | undefined> {
    try {
      return await this.run('device', deadlineMs, async () => readDevice(path))
    } catch (error) {
      if (error instanceof CallTimeout) throw new CallTimeout(`${path}: ${error.message}`)
      return undefined
    }
  }

  #isHopeless(kind: SlowKind): boolean {
    const { local, remote, device } = this.#late
    return this.#late[kind] >= SLOTS[kind] || local + remote + device >= SLOTS_IN_ALL
  }

  #hasSlot(kind: SlowKind): boolean {
    const { local, remote, device } = this.#running
    return this.#running[kind] < SLOTS[kind] && local + remote + device < SLOTS_IN_ALL
  }

  #startWaiting(): void {
    for (let i = 0; i < this.#waiting.length;) {
      const waiter = this.#waiting[i] as Waiter
      if (!this.#hasSlot(waiter.kind)) {
        i++
        continue
      }
      this.#waiting.splice(i, 1)
      waiter.start()
    }
  }
}
