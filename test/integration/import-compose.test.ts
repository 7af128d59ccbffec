import { cpSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { loadConfig } from '../../src/config.ts'
import { printConfig } from '../../src/operate/compose/print-config.ts'
import { readComposeFiles } from '../../src/operate/compose/read-compose.ts'
import { translateCompose } from '../../src/operate/compose/translate.ts'

const shared = path.join(import.meta.dirname, '../../../shared/data')
const stacks = [
  ['seeds/koprogo', 'docker-compose.monitoring.yml'],
  ['seeds/messa01', 'docker-compose.yml'],
  ['seeds/passenger', 'docker-compose.prod.yml'],
  ['seeds/passenger', 'docker-compose.ha.yml'],
  ['configs/docker-compose/stefanprodan__dockprom', 'docker-compose.yml'],
  ['configs/docker-compose/job-agent__infrastructure', 'docker-compose.observability.yml'],
] as const

/** What a person fills in. */
const PLACEHOLDERS = {
  ALERT_EMAIL: 'ops@example.org',
  SMTP_USERNAME: 'ops',
  SMTP_PASSWORD: 'a secret',
  POSTGRES_USER: 'u',
  POSTGRES_PASSWORD: 'another secret',
  POSTGRES_DB: 'd',
  MONITORING_DOMAIN: 'monitor.example.org',
  GRAFANA_ADMIN_PASSWORD: 'correct horse battery staple',
}

if (!existsSync(shared)) console.log('notice: compose files of the field are not here: skipped')

describe.runIf(existsSync(shared))('compose files of the field', () => {
  it.each(stacks)('%s/%s becomes a configuration that loads', (stack, file) => {
    const folder = mkdtempSync(path.join(tmpdir(), 'vedette-import-'))
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
    cpSync(path.join(shared, stack), folder, { recursive: true })
    const env = { ...PLACEHOLDERS, HOME: folder }
    const compose = readComposeFiles([path.join(folder, file)], env)
    const draft = translateCompose(compose)
    const told = new Set(draft.notes.map(({ service }) => service))
    // Every service is told about, each by its name: nothing of the file is dropped in silence.
    expect(compose.services.map(({ name }) => name).filter((name) => !told.has(name))).toEqual([])
    const text = printConfig(draft.config)
    expect(text).not.toContain('another secret')
    const target = path.join(folder, 'vedette.yml')
    writeFileSync(target, text)
    const loaded = loadConfig({ path: target, flags: {}, env })
    expect(loaded.ok ? [] : loaded.faults.filter(({ severity }) => severity === 'error')).toEqual(
      [],
    )
  })
})
