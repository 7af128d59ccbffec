import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createAccessControl } from '../access/access-control.ts'
import type { Credentials } from '../access/authenticator.ts'
import { silentLog } from '../self/log.ts'
import { openMetadata } from '../store/metadata/open.ts'
import { runCaptured } from './testing/run-captured.ts'

let data = ''

beforeEach(() => {
  data = mkdtempSync(path.join(tmpdir(), 'vedette-user-'))
})

afterEach(() => rmSync(data, { recursive: true, force: true }))

const run = (...args: readonly string[]) => runCaptured(...args, '--data', data)

/** What a server on the same data says about credentials, and what its audit log holds. */
async function ask(credentials: Credentials) {
  const metadata = await openMetadata({ path: path.join(data, 'metadata.sqlite') }, silentLog())
  const control = createAccessControl({ metadata, log: silentLog(), isLocal: () => true })
  try {
    const verdict = await control.authenticator.check(credentials, '10.0.0.1')
    const entries = await control.audit.list({
      fromMs: 0,
      toMs: Number.MAX_SAFE_INTEGER,
      limit: 10,
    })
    return { verdict, entries }
  } finally {
    await control.close()
    await metadata.close()
  }
}

describe('vedette user', () => {
  it('adds users whose password it prints alone, lists, changes and removes them', async () => {
    const added = await run('user', 'add', 'Ada', '--role', 'admin', '--generate', '--name', 'A B')
    expect(added).toMatchObject({ code: 0, err: 'ada may sign in as admin\n' })
    expect(added.out).toMatch(/^\w{24}\n$/)
    const password = added.out.trim()
    const { verdict, entries } = await ask({ kind: 'basic', user: 'ada', password })
    expect(verdict).toMatchObject({ ok: true, principal: { role: 'admin' } })
    const created = entries.at(-1)
    expect(created).toMatchObject({ action: 'user.create', target: 'ada' })
    expect(created?.actor).toMatch(/^command line \(.+\)$/)
    await run('user', 'add', 'bob', '--generate')
    const listed = await run('user', 'list')
    expect(listed.out).toMatch(/^login +role +name +email +created +last seen\nada +admin +A B /)
    expect(listed.out).toMatch(/\nbob +viewer .* never\n$/)
    expect((await run('user', 'role', 'bob', 'editor')).err).toBe('bob is editor now\n')
    const renewed = await run('user', 'passwd', 'ADA', '--generate')
    expect((await ask({ kind: 'basic', user: 'ada', password })).verdict.ok).toBe(false)
    const again = { kind: 'basic', user: 'ada', password: renewed.out.trim() } as const
    expect((await ask(again)).verdict.ok).toBe(true)
    expect((await run('user', 'remove', 'bob')).code).toBe(0)
    expect((await run('user', 'list')).out).not.toContain('bob')
  })

  it('says what is wrong', async () => {
    await run('user', 'add', 'ada', '--role', 'admin', '--generate')
    const told = async (...args: readonly string[]): Promise<string> => {
      const { code, err } = await run('user', ...args)
      return `${code} ${err}`
    }
    expect(await told('add', 'ada', '--generate')).toBe('1 vedette: there is a user ada already\n')
    expect(await told('role', 'ada', 'viewer')).toMatch(/^1 vedette: this is the last admin/)
    expect(await told('remove', 'nobody')).toBe('1 vedette: there is no user nobody\n')
    expect(await told('role', 'ada', 'root')).toMatch(/^2 .*viewer, editor, admin/)
    expect(await told('add', 'eve', '--password', 'x')).toMatch(/^2 error: unknown option/)
  })

  it('does not create a data directory where there is none', async () => {
    const missing = path.join(data, 'missing')
    const told = await runCaptured('user', 'list', '--data', missing)
    expect(told.code).toBe(1)
    expect(told.err).toContain(`there is no data directory ${missing}`)
    expect(existsSync(missing)).toBe(false)
    mkdirSync(missing)
    expect((await runCaptured('user', 'list', '--data', missing)).code).toBe(0)
  })
})

describe('vedette token', () => {
  it.each([
    [['--scope', 'metrics:write,logs:write', 'traces:write']],
    [['--agent']],
    [['--agent', '--scope', 'logs:write']],
  ])(
    'creates tokens that it prints alone, lists them without, and revokes them: %j',
    async (scopes) => {
      const created = await run('token', 'create', 'agent', ...scopes, '--expires', '90d')
      expect(created.code).toBe(0)
      expect(created.out).toMatch(/^vdt_[\w-]{43}\n$/)
      const token = created.out.trim()
      expect((await ask({ kind: 'bearer', token })).verdict).toMatchObject({
        ok: true,
        principal: {
          name: 'token agent',
          scopes: new Set(['metrics:write', 'logs:write', 'traces:write']),
        },
      })
      const listed = await run('token', 'list')
      expect(listed.out).toContain(`1       agent  ${token.slice(0, 10)}…`)
      expect(listed.out).not.toContain(token)
      expect((await run('token', 'revoke', 'agent')).err).toBe('the token agent is revoked\n')
      expect((await ask({ kind: 'bearer', token })).verdict.ok).toBe(false)
    },
  )

  it('says what is wrong', async () => {
    const told = async (...args: readonly string[]): Promise<string> => {
      const { code, err } = await run('token', ...args)
      return `${code} ${err}`
    }
    expect(await told('create', 'a')).toBe('2 vedette: a token needs --scope SCOPES, or --agent\n')
    expect(await told('create', 'a', '--scope', 'all')).toMatch(/^2 error: .*metrics:read/)
    expect(await told('create', 'a', '--scope', 'admin', '--expires', 'soon')).toMatch(
      /^2 error: .*a duration such as 90d/,
    )
    expect(await told('revoke', 'a')).toBe('1 vedette: there is no token a\n')
  })
})
