import { parseDurationMs } from '../../model/duration.ts'

/** Which backups stay: so many of the newest, or all that are younger. */
export type Keep = { readonly count: number } | { readonly ageMs: number }

/** Reads `7` or `30d`; undefined for anything else. At least one backup always stays. */
export function parseKeep(text: string): Keep | undefined {
  if (/^[1-9]\d{0,4}$/.test(text)) return { count: Number(text) }
  const ageMs = parseDurationMs(text)
  return ageMs === undefined || ageMs <= 0 ? undefined : { ageMs }
}

/** The ids that go, the oldest first. The newest is never among them. */
export function outdated(ids: readonly string[], keep: Keep, nowMs: number): readonly string[] {
  const others = ids.slice(0, -1)
  if ('count' in keep) return others.slice(0, Math.max(0, ids.length - keep.count))
  return others.filter((id) => nowMs - timeOf(id) > keep.ageMs)
}

/** The time in the id of a backup, `20261121T171500Z`. */
export function timeOf(id: string): number {
  return Date.parse(id.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'))
}
