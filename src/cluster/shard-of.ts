import { createHash } from 'node:crypto'
import { SHARD_COUNT } from '../store/metadata/tables-cluster.ts'

/** Most keys whose shard is remembered. */
const MAX_REMEMBERED = 50_000

/** The shard that a piece of work belongs to: the same in every member. */
export function shardOf(key: string): number {
  return createHash('sha256').update(key).digest().readUInt32BE(0) % SHARD_COUNT
}

/** The same, for who asks often about the same ones. */
export function createShardOf(): (key: string) => number {
  const known = new Map<string, number>()
  return (key) => {
    const found = known.get(key)
    if (found !== undefined) return found
    const shard = shardOf(key)
    if (known.size >= MAX_REMEMBERED) known.clear()
    known.set(key, shard)
    return shard
  }
}
