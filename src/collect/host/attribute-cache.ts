import { readAttribute } from './files.ts'

/** How long what only an administrator changes is believed. */
const BELIEVE_MS = 60_000

interface KnownFolder {
  /** Another identity is another device that got the name of an earlier one. */
  readonly identity: string | undefined
  readonly sinceMs: number
  readonly values: Map<string, string | undefined>
}

/**
 * The attributes of devices that hardly change (type, alias, group), read once a minute instead of at every collection: on a
 * host with many containers they are most of the files to be read.
 */
export class AttributeCache {
  #folders = new Map<string, KnownFolder>()
  #kept = new Map<string, KnownFolder>()

  /** To be called when a collection begins; forgets the folders that the last one did not ask for. */
  begin(): void {
    this.#folders = this.#kept
    this.#kept = new Map()
  }

  /** Reads the attributes of a folder, from memory as far as they are known. `identity` tells devices of one name apart. */
  open(folder: string, identity: string | undefined): (file: string) => string | undefined {
    const nowMs = performance.now()
    let known = this.#folders.get(folder)
    if (!known || known.identity !== identity || nowMs - known.sinceMs >= BELIEVE_MS) {
      known = { identity, sinceMs: nowMs, values: new Map() }
    }
    this.#kept.set(folder, known)
    const { values } = known
    return (file) => {
      if (!values.has(file)) values.set(file, readAttribute(`${folder}/${file}`))
      return values.get(file)
    }
  }
}
