/** Go's zero time, which stands for "never". */
const NEVER = '0001-01-01T00:00:00Z'

/** A time as RFC 3339 in UTC. */
export function formatTime(timestampMs: number | undefined): string {
  return timestampMs === undefined ? NEVER : new Date(timestampMs).toISOString()
}
