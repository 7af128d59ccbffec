import { accessSync, constants, existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { projectRoot } from './house/read-sources.ts'

function read(path: string): string {
  return readFileSync(join(projectRoot, path), 'utf8')
}

/** The packages that the tables of docs/dependencies.md name; one line may hold several that belong together. */
function documentedPackages(): string[] {
  const cells = [...read('docs/dependencies.md').matchAll(/^\| (`[^|]+`) \|/gm)]
  return cells.flatMap(([, cell = '']) =>
    [...cell.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name),
  )
}

interface Manifest {
  version: string
  dependencies: Record<string, string>
  devDependencies: Record<string, string>
}

const manifest = JSON.parse(read('package.json')) as Manifest

describe('dependencies', () => {
  const all = { ...manifest.dependencies, ...manifest.devDependencies }

  it.each(Object.entries(all))('%s %s is pinned exactly', (_name, version) => {
    expect(version).toMatch(/^\d+\.\d+\.\d+$/)
  })

  it.each(Object.keys(all))('%s has its line in docs/dependencies.md', (name) => {
    expect(documentedPackages()).toContain(name)
  })

  it('are documented only as long as they are there', () => {
    expect(new Set(documentedPackages())).toEqual(new Set(Object.keys(all)))
  })
})

describe('package-lock.json', () => {
  interface Locked {
    version: string
    resolved?: string
    integrity?: string
    optional?: boolean
    os?: string[]
    cpu?: string[]
    libc?: string[]
    optionalDependencies?: Record<string, string>
  }
  const { packages } = JSON.parse(read('package-lock.json')) as { packages: Record<string, Locked> }
  const locked = Object.entries(packages).filter(([path]) => path !== '')

  it('names no registry host, so that everybody installs from the registry they configured', () => {
    expect(locked.filter(([, { resolved }]) => resolved !== undefined)).toEqual([])
  })

  it('has a checksum for every package, except binaries of other platforms', () => {
    expect(locked.length).toBeGreaterThan(100)
    const without = locked.filter(([, { integrity }]) => !integrity?.startsWith('sha512-'))
    const isForeign = ({ optional, os, cpu, libc }: Locked): boolean =>
      optional === true && !(os?.includes('linux') && cpu?.includes('x64') && libc?.[0] !== 'musl')
    expect(without.filter(([, each]) => !isForeign(each))).toEqual([])
  })

  it('is complete: `npm ci` refuses a lock that lacks a binary of any platform', () => {
    const missing = locked.flatMap(([path, { optionalDependencies }]) =>
      Object.entries(optionalDependencies ?? {})
        .map(([name, version]) => [`node_modules/${name}`, `${path}/node_modules/${name}`, version])
        .filter(([hoisted = '', nested = '']) => !packages[hoisted] && !packages[nested]),
    )
    expect(missing).toEqual([])
  })

  it('agrees with package.json', () => {
    for (const [name, version] of Object.entries(manifest.dependencies)) {
      expect(packages[`node_modules/${name}`]?.version, name).toBe(version)
    }
  })
})

describe('the house', () => {
  it.each(['bin/vedette', '.ci/run', '.githooks/pre-commit'])('%s is executable', (path) => {
    accessSync(join(projectRoot, path), constants.X_OK)
  })

  it.each(['LICENSE', 'README.md', 'CONTRIBUTING.md', '.editorconfig', '.github/workflows/ci.yml'])(
    '%s exists',
    (path) => {
      expect(existsSync(join(projectRoot, path))).toBe(true)
    },
  )

  it('has the whole Apache-2.0 text', () => {
    expect(read('LICENSE')).toContain('Apache License')
    expect(read('LICENSE')).toContain('END OF TERMS AND CONDITIONS')
  })

  it('has a CHANGELOG in the Prometheus form, whose newest entry is the version of package.json', () => {
    const lines = read('CHANGELOG.md').split('\n')
    const newest = lines.find((line) => line.startsWith('## '))
    expect(newest).toMatch(/^## \d+\.\d+\.\d+ \/ (?:\d{4}-\d{2}-\d{2}|unreleased)$/)
    expect(newest).toContain(`## ${manifest.version} /`)
    const entries = lines.filter((line) => line.startsWith('* '))
    expect(entries.length).toBeGreaterThan(0)
    for (const entry of entries) {
      expect(entry).toMatch(/^\* \[(?:CHANGE|FEATURE|ENHANCEMENT|PERF|BUGFIX|SECURITY)\] [^:]+: \S/)
    }
  })
})
