import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { messageOf } from '../../model/problem.ts'
import type { CollectorKind } from './collector.ts'
import { FamilyCollection } from './families.ts'
import type { FlagArguments } from './flag-reader.ts'
import { readHostFlags } from './flags.ts'
import { SlowCalls } from './slow-calls.ts'

/** Text of a file, or where a link points to. */
type Entry = string | { readonly link: string }

/** A host for tests: a folder with the files that a test names, and the lines that a collector makes of them. */
export interface FakeHost {
  readonly root: string
  /** By path below the root, e.g. `proc/loadavg`. */
  write(files: Readonly<Record<string, Entry>>): void
  /** The collector, made once, so that it can be asked several times. */
  start(kind: CollectorKind, flags?: FlagArguments, slow?: SlowCalls): () => Promise<string[]>
  remove(): void
}

export function makeFakeHost(): FakeHost {
  const root = mkdtempSync(join(tmpdir(), 'vedette-fake-host-'))
  return {
    root,
    write(files) {
      for (const [name, entry] of Object.entries(files)) {
        const path = join(root, name)
        mkdirSync(dirname(path), { recursive: true })
        if (typeof entry === 'string') writeFileSync(path, entry)
        else symlinkSync(entry.link, path)
      }
    },
    start(kind, flags = new Map(), slow = new SlowCalls()) {
      const { options } = readHostFlags(
        new Map([
          ['path.procfs', join(root, 'proc')],
          ['path.sysfs', join(root, 'sys')],
          ['path.rootfs', join(root, 'root')],
          ['path.udev.data', join(root, 'udev')],
          ...flags,
        ]),
      )
      const collect = kind.create({ options, slow, failures: { note: () => {} } })
      return async () => {
        const out = new FamilyCollection()
        try {
          await collect(out, performance.now() + 10_000)
        } catch (error) {
          return [...linesOf(out, root), `error: ${messageOf(error).replaceAll(root, '')}`]
        }
        return linesOf(out, root)
      }
    },
    remove: () => rmSync(root, { recursive: true, force: true }),
  }
}

/** `name{label=value,…} value`, in order of family. */
function linesOf(out: FamilyCollection, root: string): string[] {
  return out.toFamilies().flatMap(({ name, metrics }) =>
    metrics.map(({ labels, value, suffix }) => {
      const pairs: string[] = []
      for (let i = 0; i < labels.length; i += 2) pairs.push(`${labels[i]}=${labels[i + 1]}`)
      const shown = pairs.length === 0 ? '' : `{${pairs.join(',').replaceAll(root, '')}}`
      return `${name}${suffix ?? ''}${shown} ${value}`
    }),
  )
}
