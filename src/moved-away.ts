import { existsSync, writeFileSync } from 'node:fs'
import path from 'node:path'

const MARK = 'moved.json'

/** Notes in a data directory that its data is at a ClickHouse now. */
export function noteMovedAway(dataFolder: string, url: string): void {
  const note = { to: url, at: new Date().toISOString() }
  writeFileSync(path.join(dataFolder, MARK), `${JSON.stringify(note)}\n`, { mode: 0o600 })
}

/** What a server says that begins on a data directory whose data was moved; undefined when it was not. */
export function describeMovedAway(dataFolder: string): string | undefined {
  const file = path.join(dataFolder, MARK)
  if (!existsSync(file)) return undefined
  return `the data of ${dataFolder} was moved to a ClickHouse (${file} says where and when), but clickhouse.url is not set: what is stored from now on is here only. Set clickhouse.url, or remove that file to stay here`
}
