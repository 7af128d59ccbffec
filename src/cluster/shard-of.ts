import { createHash } from 'node:crypto'
import { SHARD_COUNT } from '../store/metadata/tables-cluster.ts'

/** Most keys whose shard is remembered. */
const MAX_REMEMBERED = 50_000

/** The shard that a piece of work belongs to: the same in every member. */
function shardOf(key: string): number {
  return createHash('sha256').update(key).digest().readUInt32BE(0) % SHARD_COUNT
}

/** The same, for who asks often about the same ones. */
export class KnownShards {
  readonly #known = new Map<string, number>()

  of(key: string): number {
    const found = this.#known.get(key)
    if (found !== undefined) return found
    const shard = shardOf(key)
    if (this.#known.size >= MAX_REMEMBERED) this.#known.clear()
    this.#known.set(key, shard)
    return shard
  }
}
