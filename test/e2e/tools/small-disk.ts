import { execFileSync } from 'node:child_process'
import {
  closeSync,
  ftruncateSync,
  mkdtempSync,
  openSync,
  rmSync,
  statfsSync,
  writeSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { notice, succeeds } from './notice.ts'

/** Whether this user may mount; otherwise a notice says what is skipped. */
export function canMount(test: string): boolean {
  const folder = mkdtempSync(join(tmpdir(), 'vedette-e2e-mount-'))
  try {
    if (succeeds('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', folder])) {
      return succeeds('umount', [folder])
    }
    notice(`${test} is skipped: mounting needs root`)
    return false
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** A disk of its own with a file that takes up as much of it as a test wants. */
export class SmallDisk {
  readonly path: string
  readonly #filler: string

  private constructor(path: string) {
    this.path = path
    this.#filler = join(path, 'filler')
  }

  /** A memory disk that goes with the test. */
  static own(sizeMebibytes: number): SmallDisk {
    const path = mkdtempSync(join(tmpdir(), 'vedette-e2e-disk-'))
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${sizeMebibytes}m`, 'tmpfs', path])
    onTestFinished(() => {
      execFileSync('umount', ['--lazy', path])
      rmSync(path, { recursive: true, force: true })
    })
    return new SmallDisk(path)
  }

  get freeBytes(): number {
    const { bavail, bsize } = statfsSync(this.path)
    return bavail * bsize
  }

  get sizeBytes(): number {
    const { blocks, bsize } = statfsSync(this.path)
    return blocks * bsize
  }

  /** Takes up space until no more than this is free. */
  fillTo(freeBytes: number): void {
    const file = openSync(this.#filler, 'a')
    const chunk = Buffer.alloc(1 << 20)
    try {
      for (
        let wanted = this.freeBytes - freeBytes;
        wanted > 0;
        wanted = this.freeBytes - freeBytes
      ) {
        writeSync(file, chunk, 0, Math.min(chunk.length, wanted))
      }
    } catch (thrown) {
      // Somebody else took the last bytes: full is full.
      if (!(thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOSPC')) throw thrown
    } finally {
      closeSync(file)
    }
  }

  /** Gives all of it back. */
  clear(): void {
    const file = openSync(this.#filler, 'r+')
    ftruncateSync(file, 0)
    closeSync(file)
  }
}
