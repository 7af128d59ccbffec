import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import path from 'node:path'

/** The newest backup that was taken of a data folder, by whomever. */
export interface LastBackup {
  readonly id: string
  readonly timeMs: number
  readonly sizeBytes: number
  readonly tookMs: number
}

function fileOf(dataFolder: string): string {
  return path.join(dataFolder, 'backup', 'last.json')
}

/** Noted in the data folder, so that the server knows of one that was taken by hand. */
export function noteBackup(dataFolder: string, last: LastBackup): void {
  const file = fileOf(dataFolder)
  mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 })
  writeFileSync(`${file}.new`, JSON.stringify(last), { mode: 0o600 })
  renameSync(`${file}.new`, file)
}

/** Undefined when there was none. */
export function readLastBackup(dataFolder: string): LastBackup | undefined {
  try {
    const value: unknown = JSON.parse(readFileSync(fileOf(dataFolder), 'utf8'))
    if (typeof value !== 'object' || value === null) return undefined
    const { id, timeMs, sizeBytes, tookMs }: Partial<Record<keyof LastBackup, unknown>> = value
    if (typeof id !== 'string' || typeof timeMs !== 'number') return undefined
    if (typeof sizeBytes !== 'number' || typeof tookMs !== 'number') return undefined
    return { id, timeMs, sizeBytes, tookMs }
  } catch {
    return undefined
  }
}
