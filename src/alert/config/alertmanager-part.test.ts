import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { FaultList, formatFault } from '../../yaml/fault.ts'
import { parseYaml } from '../../yaml/parse.ts'
import { readAlertmanagerPart } from './alertmanager-part.ts'

describe('alertmanager: of a vedette.yml', () => {
  let folder = ''

  beforeAll(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'alertmanager-part-'))
    writeFileSync(path.join(folder, 'am.yml'), 'route: {receiver: a}\nreceivers: [{name: a}]\n')
  })

  afterAll(() => rmSync(folder, { recursive: true }))

  function read(text: string, alertmanager?: string) {
    const faults = new FaultList()
    const main = path.join(folder, 'vedette.yml')
    const map = parseYaml(text, { file: main, faults })?.asMap()
    const found = { main, ...(alertmanager === undefined ? {} : { alertmanager }) }
    const part = readAlertmanagerPart(map?.key('alertmanager'), found, { faults, env: {} })
    const shown = faults.items.map((fault) => formatFault(fault).replaceAll(folder, 'F'))
    return { file: part?.file.replace(folder, 'F'), receiver: part?.config.route.receiver, shown }
  }

  it.each([
    ['may be a path', 'alertmanager: am.yml', 'F/am.yml'],
    [
      'may stand inline',
      'alertmanager: {route: {receiver: a}, receivers: [{name: a}]}',
      'F/vedette.yml',
    ],
  ])('%s', (_, text, file) => {
    expect(read(text)).toEqual({ file, receiver: 'a', shown: [] })
  })

  it('goes before the file of the folder', () => {
    expect(read('a: b', path.join(folder, 'am.yml')).file).toBe('F/am.yml')
    expect(read('a: b')).toEqual({ file: undefined, receiver: undefined, shown: [] })
  })

  it('must be there', () => {
    expect(read('alertmanager: none.yml').shown).toEqual([
      'F/vedette.yml:1:15: alertmanager: there is no file F/none.yml',
    ])
  })
})
