import { execFile } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { hasPrograms } from './tools/notice.ts'
import { ownFolder } from './tools/owned.ts'

const run = promisify(execFile)
const root = join(import.meta.dirname, '../..')
const hasCompose = hasPrograms('deploy/compose', { 'docker-compose': 'docker-compose' })
const hasAnsible = hasPrograms('deploy/ansible', { 'ansible-playbook': 'ansible-core' })

describe.runIf(hasCompose)('the compose files', () => {
  const folder = join(root, 'deploy/compose')
  it.each(readdirSync(folder).filter((name) => name.endsWith('.yml')))(
    'are read by docker-compose: %s',
    async (name) => {
      const env = { ...process.env, CLICKHOUSE_PASSWORD: 'a', POSTGRES_PASSWORD: 'b' }
      const args = ['-f', join(folder, name), 'config']
      const { stdout } = await run('docker-compose', args, { env })
      expect(stdout).toContain('vedette')
      // What is published is reachable from that machine only: the rest is a person's decision.
      expect(stdout).not.toMatch(/published: .*0\.0\.0\.0/)
    },
    60_000,
  )
})

describe.runIf(hasAnsible)('the Ansible role', () => {
  it('installs below a scratch root, and changes nothing a second time', async () => {
    const folder = ownFolder()
    const variables = join(folder, 'variables.json')
    const scratch = join(folder, 'root')
    writeFileSync(
      variables,
      JSON.stringify({
        vedette_root: scratch,
        vedette_become: false,
        vedette_package: '',
        vedette_program: join(root, 'bin/vedette'),
        vedette_admin_password: 'a password of many letters',
        vedette_config: { listen: { loki: false }, access: { hosts: ['monitor.example.org'] } },
        vedette_secrets: { SMTP_PASSWORD: 'a "quoted" $ecret' },
      }),
    )
    const play = async (): Promise<string> => {
      const args = ['-i', 'monitoring,', '-c', 'local', '-l', 'all', 'playbook.yml', '-e']
      const options = { cwd: join(root, 'deploy/ansible'), env: quiet() }
      const { stdout } = await run('ansible-playbook', [...args, `@${variables}`], options)
      return stdout
    }
    expect(await play()).toMatch(/changed=[1-9]\d* .*failed=0/)
    expect(await play()).toMatch(/changed=0 .*failed=0/)
    const etc = join(scratch, 'etc/vedette')
    expect(readFileSync(join(etc, 'vedette.yml'), 'utf8')).toContain('loki: false')
    expect(statSync(join(etc, 'environment')).mode & 0o777).toBe(0o600)
    expect(readFileSync(join(etc, 'environment'), 'utf8')).toBe(
      'SMTP_PASSWORD="a \\"quoted\\" $ecret"\n',
    )
    expect(existsSync(join(scratch, 'var/lib/vedette/metadata.sqlite'))).toBe(true)
  }, 900_000)
})

/** Ansible wants a place of its own for what it copies, and tells where it is by variables. */
function quiet(): NodeJS.ProcessEnv {
  const home = ownFolder()
  return { ...process.env, HOME: home, ANSIBLE_LOCAL_TEMP: home, ANSIBLE_NOCOLOR: '1' }
}
