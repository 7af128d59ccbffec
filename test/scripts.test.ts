import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { statSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { isFresh } from '../scripts/lib/bundle.mjs'
import { isInstalled } from '../scripts/lib/install.mjs'
import { closingLine, failureLines, mergeAttempts, NOTHING, tally } from '../scripts/lib/vitest.mjs'
import { projectRoot } from './house/read-sources.ts'

/** A checkout in small: the real scripts and bin/vedette, a `main.ts` of three lines, the real node_modules. */
let root = ''

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'vedette-checkout-'))
  for (const name of [
    'scripts',
    'bin',
    'package.json',
    'package-lock.json',
    'tsconfig.base.json',
  ]) {
    cpSync(join(projectRoot, name), join(root, name), { recursive: true })
  }
  symlinkSync(join(projectRoot, 'node_modules'), join(root, 'node_modules'))
  write('src/engine/child.ts', "console.log('child')\n")
  write('src/agent-main.ts', "console.log('alone', process.argv.slice(2).join(' '))\n")
  write('src/words.ts', "export const words = 'first'\n")
  write(
    'src/main.ts',
    "import { words } from './words.ts'\nconsole.log(words, process.argv.slice(2).join(' '))\nprocess.exitCode = 7\n",
  )
})

afterEach(() => {
  rmSync(root, { recursive: true, force: true })
})

function write(path: string, text: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true })
  writeFileSync(join(root, path), text)
}

function run(program: string, args: readonly string[] = [], cwd = root) {
  const { status, stdout, stderr } = spawnSync(program, args, { cwd, encoding: 'utf8' })
  return { code: status, stdout, stderr }
}

const vedette = (...args: string[]) => run(join(root, 'bin/vedette'), args)

describe('bin/vedette', () => {
  it('builds when dist/ is missing, says so on stderr, and passes arguments and exit code through', () => {
    const first = vedette('query', '1 + 1')
    expect(first).toMatchObject({ code: 7, stdout: 'first query 1 + 1\n' })
    expect(first.stderr).toMatch(/building.*done/s)
    expect(vedette('version')).toEqual({ code: 7, stdout: 'first version\n', stderr: '' })
  })

  it('runs an agent without the program of a server', () => {
    expect(vedette('agent', '--server', 'x').stdout).toBe('alone agent --server x\n')
  })

  it('builds again when a source changed, and when an output is gone', () => {
    vedette()
    write('src/words.ts', "export const words = 'second'\n")
    expect(vedette().stdout).toBe('second \n')
    rmSync(join(root, 'dist/engine.js'))
    expect(vedette().stderr).toContain('building')
    expect(readFileSync(join(root, 'dist/engine.js'), 'utf8')).toContain('child')
  })

  it('does not build again for a file that was only touched, or that no bundle holds', () => {
    vedette()
    utimesSync(join(root, 'src/words.ts'), new Date(0), new Date(0))
    write('src/words.test.ts', 'export {}\n')
    expect(vedette().stderr).toBe('')
    expect(isFresh(root)).toBe(true)
  })

  it('works from any folder and through a symbolic link', () => {
    const elsewhere = mkdtempSync(join(tmpdir(), 'vedette-elsewhere-'))
    symlinkSync(join(root, 'bin/vedette'), join(elsewhere, 'v'))
    expect(run('./v', ['status'], elsewhere).stdout).toBe('first status\n')
    rmSync(elsewhere, { recursive: true })
  })

  it('runs a release, which has no sources, as it is', () => {
    vedette()
    for (const name of ['src', 'scripts', 'package-lock.json']) {
      rmSync(join(root, name), { recursive: true })
    }
    expect(vedette('version')).toEqual({ code: 7, stdout: 'first version\n', stderr: '' })
  })

  it('names the place of an error in the sources, and leaves no stamp behind', () => {
    vedette()
    write('src/words.ts', 'export const words = \n')
    const { code, stderr } = vedette()
    expect(code).toBe(1)
    expect(stderr).toContain('src/words.ts:2:0: ERROR')
    expect(isFresh(root)).toBe(false)
  })

  it('says which Node it needs', () => {
    const manifest = readFileSync(join(root, 'package.json'), 'utf8')
    write('package.json', manifest.replace('>=20.19', '>=999.1'))
    expect(vedette()).toMatchObject({ code: 1, stdout: '' })
    expect(vedette().stderr).toContain('needs Node.js 999.1 or newer')
  })
})

describe('npm start', () => {
  it('is `bin/vedette start` with the arguments passed on', () => {
    const { code, stdout } = run(process.execPath, ['scripts/start.mjs', '--data', 'x'])
    expect({ code, stdout }).toEqual({ code: 7, stdout: 'first start --data x\n' })
  })

  it('runs the server in its own process, so that signals reach it', () => {
    write('src/main.ts', 'console.log(process.pid, process.ppid)\n')
    const { stdout } = run(process.execPath, ['scripts/start.mjs'])
    expect(Number(stdout.split(' ')[1])).toBe(process.pid)
  })
})

describe('npm start, as a service manager runs it', () => {
  // Without the `exec` of package.json the signal would end npm's shell and leave the server behind as an orphan.
  it('passes SIGTERM to the server and gives its exit code back', async () => {
    write(
      'src/main.ts',
      `const timer = setInterval(() => {}, 1000)
      process.on('SIGTERM', () => { clearInterval(timer); process.exitCode = 5 })
      console.log('server', process.pid)`,
    )
    const npm = spawn('npm', ['start', '--silent'], {
      cwd: root,
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    const said: unknown[] = await once(npm.stdout, 'data')
    const serverPid = Number(String(said[0]).split(' ')[1])
    npm.kill('SIGTERM')
    expect(await once(npm, 'exit')).toEqual([5, null])
    expect(existsSync(`/proc/${serverPid}`)).toBe(false)
  })
})

describe('isInstalled', () => {
  interface Lock {
    packages: Record<string, object>
  }

  function plantLocks(edit: (installed: Lock) => void): void {
    rmSync(join(root, 'node_modules'))
    const installed = JSON.parse(
      readFileSync(join(projectRoot, 'node_modules/.package-lock.json'), 'utf8'),
    ) as Lock
    edit(installed)
    write('node_modules/.package-lock.json', JSON.stringify(installed))
  }

  it('is true for what npm installed', () => {
    expect(isInstalled(root)).toBe(true)
  })

  it('is false without node_modules', () => {
    rmSync(join(root, 'node_modules'))
    expect(isInstalled(root)).toBe(false)
  })

  it('is false when a package is missing', () => {
    plantLocks(({ packages }) => delete packages['node_modules/yaml'])
    expect(isInstalled(root)).toBe(false)
  })

  it('is false when a package has another version', () => {
    plantLocks(({ packages }) =>
      Object.assign(packages['node_modules/yaml'] ?? {}, { version: '0.0.1' }),
    )
    expect(isInstalled(root)).toBe(false)
  })

  it("is false when this platform's binary of an optional package is missing", () => {
    const name = `node_modules/@esbuild/${process.platform}-${process.arch}`
    plantLocks(({ packages }) => delete packages[name])
    expect(isInstalled(root)).toBe(false)
  })
})

describe('the closing line', () => {
  const file = (status: string, ...tests: string[]) => ({
    name: join(projectRoot, 'src/some.test.ts'),
    message: 'Error: does not load\n  at here',
    status,
    assertionResults: tests.map((each) => ({
      status: each,
      fullName: 'some thing works',
      failureMessages: each === 'failed' ? ['\u001B[31mError\u001B[39m: no\n  at here'] : null,
    })),
  })

  it.each([
    [[file('passed', 'passed', 'passed')], 0, { passed: 2, failed: 0, skipped: 0 }],
    [[file('failed', 'passed', 'failed', 'pending')], 1, { passed: 1, failed: 1, skipped: 1 }],
    [[file('failed'), file('failed', 'failed')], 1, { passed: 0, failed: 2, skipped: 0 }],
    [[file('passed', 'passed')], 1, { passed: 1, failed: 1, skipped: 0 }],
  ])(
    'counts tests, files that do not load, and errors outside of tests (%#)',
    (files, code, expected) => {
      expect(tally({ testResults: files }, code)).toMatchObject(expected)
    },
  )

  it('counts one failure when there is no report at all', () => {
    expect(tally(null, 127)).toEqual({ ...NOTHING, failed: 1 })
  })

  it('comes after what failed and why', () => {
    const one = tally({ testResults: [file('failed'), file('failed', 'passed', 'failed')] }, 1)
    expect(failureLines([one, tally({ testResults: [file('passed', 'passed')] }, 0)])).toBe(
      'failed: src/some.test.ts: Error: does not load\n' +
        'failed: src/some.test.ts > some thing works: Error: no\n',
    )
  })

  it('comes after what was not run', () => {
    const cut = { ...NOTHING, notRun: ['test/e2e/a.test.ts', 'test/e2e/b.test.ts'] }
    expect(failureLines([tally({ testResults: [file('passed', 'passed')] }, 0), cut])).toBe(
      'not run, since the time was over: test/e2e/a.test.ts, test/e2e/b.test.ts\n',
    )
  })

  it('counts the second attempt of what failed, and tells what passed only then', () => {
    const first = { testResults: [file('passed', 'passed'), file('failed', 'passed', 'failed')] }
    const good = mergeAttempts(first, { testResults: [file('passed', 'passed', 'passed')] }, 0)
    expect(good).toMatchObject({ passed: 3, failed: 0, failures: [] })
    expect(failureLines([good])).toBe('unsteady: src/some.test.ts > some thing works: Error: no\n')
    const bad = mergeAttempts(first, { testResults: [file('failed', 'passed', 'failed')] }, 1)
    expect(bad).toMatchObject({ passed: 2, failed: 1, unsteady: [] })
    expect(mergeAttempts(first, null, 127)).toMatchObject({ passed: 1, failed: 1 })
  })

  it('adds up and names skipped tests only when there are some', () => {
    const some = { ...NOTHING, passed: 2, failed: 1 }
    expect(closingLine([some, some])).toBe('4 passed, 2 failed')
    expect(closingLine([some, { ...some, skipped: 3 }])).toBe('4 passed, 2 failed, 3 skipped')
  })
})

describe('the build', () => {
  it('writes a source map beside each bundle and leaves no temporary file', () => {
    vedette()
    for (const name of ['main.js.map', 'engine.js.map', 'stamp.json']) {
      expect(statSync(join(root, 'dist', name)).size, name).toBeGreaterThan(0)
    }
    expect(readFileSync(join(root, 'dist/main.js'), 'utf8')).toContain(
      'sourceMappingURL=main.js.map',
    )
  })
})
