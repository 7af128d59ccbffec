import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { FaultList, formatFault } from '../../yaml/fault.ts'
import { readAlertmanagerFile } from './alertmanager-config.ts'

const folder = path.join(import.meta.dirname, 'bad-files')

/** The errors of a file; every one must have a place. */
function errorsOf(name: string): string[] {
  const faults = new FaultList()
  readAlertmanagerFile(path.join(folder, name), { faults, shownAs: name, env: {} })
  const errors = faults.items.filter((fault) => fault.severity === 'error')
  for (const error of errors) expect(formatFault(error)).toMatch(/^[\w-]+\.yml:[1-9]\d*:[1-9]\d*: /)
  return errors.map((error) => error.message)
}

describe('each bad file gets the message of its first line', () => {
  it.each(readdirSync(folder).filter((name) => name.endsWith('.yml')))('%s', (name) => {
    const [first = ''] = readFileSync(path.join(folder, name), 'utf8').split('\n', 1)
    const wanted = first.replace(/^# /, '')
    expect(wanted.length).toBeGreaterThan(10)
    const errors = errorsOf(name)
    expect(errors.some((message) => message.startsWith(wanted)) ? wanted : errors).toBe(wanted)
  })
})
