import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'

/** Says aloud that tests are skipped, and why; nothing is skipped in silence. */
export function notice(what: string): void {
  console.log(`notice: ${what}`)
}

/** Whether these programs are on the PATH; otherwise a notice names the Debian packages that hold them. */
export function hasPrograms(test: string, programs: Readonly<Record<string, string>>): boolean {
  const folders = (process.env['PATH'] ?? '').split(delimiter)
  const missing = Object.entries(programs).filter(
    ([program]) => !folders.some((folder) => existsSync(join(folder, program))),
  )
  if (missing.length === 0) return true
  const wanted = missing.map(([program, packageName]) => `${program} (Debian: ${packageName})`)
  notice(`${test} is skipped: ${wanted.join(', ')} is not installed`)
  return false
}

/** Runs a program to its end; used to find out what this machine permits. */
export function succeeds(program: string, args: readonly string[]): boolean {
  return spawnSync(program, args, { stdio: 'ignore', timeout: 10_000 }).status === 0
}
