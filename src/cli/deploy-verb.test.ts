import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { runCaptured } from './testing/run-captured.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'vedette-deploy-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

function write(name: string, text: string): string {
  const file = path.join(folder, name)
  writeFileSync(file, text)
  return file
}

describe('vedette deploy kubernetes', () => {
  it('prints the objects in the order in which they are needed, the same each time', async () => {
    const env = write('dev.env', 'CLUSTER_NAME=shop\nNONSENSE=1\n')
    const first = await runCaptured('deploy', 'kubernetes', '--env', env)
    expect(first.code).toBe(0)
    const kinds = [...first.out.matchAll(/^kind: (\w+)$/gm)].map(([, kind]) => kind)
    expect(kinds.slice(0, 4)).toEqual([
      ...['Namespace', 'ServiceAccount', 'ClusterRole', 'ClusterRoleBinding'],
    ])
    expect(kinds).toContain('DaemonSet')
    expect(first.err).toContain(`${env}:2:1: warning: NONSENSE is no setting here`)
    expect(first.err).toContain('create secret generic vedette-agent')
    expect(await runCaptured('deploy', 'kubernetes', '--env', env)).toEqual(first)
  })

  it('writes a file for each object, and takes away those that it made and no longer makes', async () => {
    const output = path.join(folder, 'out')
    const secrets = write('secrets', `AGENT_TOKEN=vdt_${'a'.repeat(43)}\n`)
    const deploy = async (...more: readonly string[]): Promise<string> => {
      const { out, code } = await runCaptured('deploy', 'kubernetes', '--output', output, ...more)
      expect(code).toBe(0)
      return out
    }
    expect(await deploy('--secret-file', secrets)).toMatch(/^created /)
    const secret = readdirSync(output).find((name) => name.includes('-secret-')) ?? ''
    expect(statSync(path.join(output, secret)).mode & 0o777).toBe(0o600)
    writeFileSync(path.join(output, 'own.yaml'), 'kind: Own\n')
    expect(await deploy('--secret-file', secrets)).not.toMatch(/^(?:created|changed|removed)/m)
    expect(await deploy()).toMatch(new RegExp(`^removed .*${secret}$`, 'm'))
    expect(readdirSync(output)).toContain('own.yaml')
    expect(readFileSync(path.join(output, '01-namespace-monitoring.yaml'), 'utf8')).toMatch(
      /^# Made by vedette deploy kubernetes/,
    )
  })

  it('shows secrets on a terminal only when it is told to', async () => {
    const args = [
      'deploy',
      'kubernetes',
      '--secret-file',
      write('secrets', `AGENT_TOKEN=vdt_${'a'.repeat(43)}`),
    ]
    const before = process.stdout.isTTY
    process.stdout.isTTY = true
    try {
      const refused = await runCaptured(...args)
      expect(refused).toMatchObject({ code: 2, out: '' })
      expect(refused.err).toContain('--show-secrets')
      expect((await runCaptured(...args, '--show-secrets')).out).toContain('kind: Secret')
    } finally {
      process.stdout.isTTY = before
    }
  })

  it('prints nothing when something is wrong', async () => {
    const env = write('dev.env', 'AGENT=maybe\nNAMESPACE=A\n')
    const { code, out, err } = await runCaptured('deploy', 'kubernetes', '--env', env)
    expect({ code, out }).toEqual({ code: 1, out: '' })
    expect(err.match(/dev\.env:\d:1/g)).toHaveLength(2)
    const missing = await runCaptured('deploy', 'kubernetes', '--env', path.join(folder, 'none'))
    expect(missing).toMatchObject({ code: 1, out: '' })
    expect(missing.err).toContain('--env')
  })
})
