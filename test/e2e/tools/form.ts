/**
 * The end-to-end suite has three lengths: `npm test` runs the short form on every change, `npm run e2e` the full one, and
 * `VEDETTE_E2E=long npm run e2e` also what takes ten minutes of waiting.
 */
const form = process.env['VEDETTE_E2E']

export const isShort = form === 'short'
const isLong = form === 'long'

/** The value for the form that runs; without a value of its own the long form takes the full one's. */
export function byForm<T>(values: { short: T; full: T; long?: T }): T {
  if (isShort) return values.short
  return isLong ? (values.long ?? values.full) : values.full
}
