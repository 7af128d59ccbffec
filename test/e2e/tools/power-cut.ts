import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { hasPrograms, succeeds } from './notice.ts'
import { canMount } from './small-disk.ts'
import { waitFor } from './wait-for.ts'

/** ext4's request to stop at once and write nothing more, not even its journal (EXT4_IOC_SHUTDOWN of linux/ext4.h). */
const shutdownRequest = 0x8004587d
const withoutFlushingTheLog = 2

export function canCutPower(test: string): boolean {
  return hasPrograms(test, { 'mkfs.ext4': 'e2fsprogs', perl: 'perl-base' }) && canMount(test)
}

/** An ext4 file system in a file, which can lose what was not synced, as when the power fails. */
export class FailingDisk {
  readonly path: string
  readonly #image: string

  private constructor(folder: string) {
    this.#image = join(folder, 'image')
    this.path = join(folder, 'disk')
  }

  /** Goes with the test. */
  static own(sizeMebibytes: number): FailingDisk {
    const folder = mkdtempSync(join(tmpdir(), 'vedette-e2e-power-'))
    const disk = new FailingDisk(folder)
    execFileSync('truncate', ['--size', `${sizeMebibytes}M`, disk.#image])
    execFileSync('mkfs.ext4', ['-q', disk.#image])
    execFileSync('mkdir', [disk.path])
    disk.mount()
    onTestFinished(() => {
      execFileSync('umount', ['--lazy', disk.path])
      rmSync(folder, { recursive: true, force: true })
    })
    return disk
  }

  mount(): void {
    execFileSync('mount', ['-o', 'loop', this.#image, this.path])
  }

  /** Waits for the kernel to close the files of processes that were just killed. */
  async unmount(): Promise<void> {
    await waitFor('the disk to be idle', () => succeeds('umount', [this.path]))
  }

  /** From now on every access fails, and what the disk does not have yet it never gets. */
  cutPower(): void {
    const script = [
      'use Fcntl;',
      'sysopen(my $disk, $ARGV[0], O_RDONLY) or die "open: $!";',
      `my $flags = pack("L", ${withoutFlushingTheLog});`,
      `ioctl($disk, ${shutdownRequest}, $flags) or die "shutdown: $!";`,
    ].join('\n')
    execFileSync('perl', ['-e', script, this.path])
  }
}
