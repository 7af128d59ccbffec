import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { runScript } from './testing/run-script.ts'

const FOLDER = join(import.meta.dirname, 'cases')

describe('PromQL scripts', () => {
  for (const file of readdirSync(FOLDER)) {
    it(`passes ${file}, also when instant queries are asked as ranges`, async () => {
      const outcomes = await runScript(readFileSync(join(FOLDER, file), 'utf8'))
      const faults = outcomes.flatMap(({ command, fault, messageFault, rangeFault }) => {
        const found = fault ?? messageFault ?? rangeFault
        return found === undefined ? [] : [`${file}:${command.line} ${command.query}: ${found}`]
      })
      expect(faults).toEqual([])
      expect(outcomes.length).toBeGreaterThan(5)
    })
  }
})
