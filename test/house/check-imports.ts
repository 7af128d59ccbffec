import { posix } from 'node:path'
import { importTable, packageTable, pureFolders, rootFiles, testPackages } from './import-table.ts'
import { isTest, type SourceFile } from './read-sources.ts'
import { blankNonCode } from './scan-source.ts'

/** An import as written. `specifier` is null where it is computed, which no check can follow. */
export interface Import {
  line: number
  specifier: string | null
}

const moduleUrl = /\bnew\s+URL\s*\(\s*(?=['"][^'"]*['"]\s*,\s*import\.meta\.url)/g

/** What may stand in front of a specifier: from-clauses, bare and dynamic imports, `new URL(…)` of a child's file. */
const importForms = [
  /\b(?:import|export)\b(?:(?!\b(?:import|export)\b)[^'"();])*?\bfrom\s*(?=['"])/g,
  /\bimport\s*(?=['"])/g,
  /\bimport\s*\(\s*(?=[^)\s])/g,
  /\brequire\s*\(\s*(?=[^)\s])/g,
  moduleUrl,
]

/** Every import of a file: static, type-only, re-export, dynamic, `import('x').Type`, `require`, child file by URL. */
export function findImports(text: string): Import[] {
  const code = blankNonCode(text)
  const found: Import[] = []
  for (const form of importForms) {
    for (const match of code.matchAll(form)) {
      const start = match.index + match[0].length
      const quote = code[start]
      const isLiteral = quote === "'" || quote === '"'
      const specifier = isLiteral ? text.slice(start + 1, code.indexOf(quote, start + 1)) : null
      // A URL of something that is no module is data, not an import.
      if (form === moduleUrl && !/\.[jt]s$/.test(specifier ?? '')) continue
      found.push({ line: code.slice(0, match.index).split('\n').length, specifier })
    }
  }
  return found.sort((a, b) => a.line - b.line)
}

/**
 * Checks every import of every file against DESIGN's table, then the folders for cycles.
 *
 * @returns one line a breach: `file:line: what is wrong and what is allowed`
 */
export function checkImports(files: readonly SourceFile[]): string[] {
  const breaches: string[] = []
  const edges = new Map<string, Map<string, string>>()
  for (const file of files) {
    const place = placeOf(file.path)
    if (!(place in importTable) && !rootFiles.includes(place)) {
      breaches.push(
        `${file.path}: "${place}" is not in the import table (test/house/import-table.ts)`,
      )
      continue
    }
    for (const { line, specifier } of findImports(file.text)) {
      const at = `${file.path}:${line}`
      const breach = checkImport(file.path, place, specifier)
      if (breach) breaches.push(`${at}: ${breach}`)
      const target = specifier?.startsWith('.') ? targetOf(file.path, specifier) : ''
      if (isTest(file.path) || !target.startsWith('src/') || placeOf(target) === place) continue
      const targets = edges.get(place) ?? new Map<string, string>()
      edges.set(place, targets.set(placeOf(target), at))
    }
  }
  return [...breaches, ...findCycles(edges)]
}

function checkImport(path: string, place: string, specifier: string | null): string | null {
  if (specifier === null) return 'a computed import cannot be checked: write the path out'
  if (specifier.startsWith('.')) return checkRelative(path, place, specifier)
  if (specifier.startsWith('node:')) {
    const isBreach = pureFolders.includes(place) && !isTest(path)
    return isBreach ? `${place} is pure and may not import ${specifier}` : null
  }
  if (isTest(path) && testPackages.includes(specifier)) return null
  const name = specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/')
  const allowed = packageTable[name]
  if (!allowed) return `the package ${name} is not in the table of packages`
  return isTest(path) || allowed.includes(place)
    ? null
    : `${name} may only be imported by ${allowed.join(', ')}`
}

function checkRelative(path: string, place: string, specifier: string): string | null {
  const target = targetOf(path, specifier)
  if (target === 'package.json') return null
  if (isTest(path) && /^(?:test|src)\//.test(target)) {
    return target.startsWith('test/') ? null : checkFolders(place, target)
  }
  if (!target.startsWith('src/')) return `${specifier} leads out of src/`
  if (!target.endsWith('.ts') && !target.endsWith('.json'))
    return `${specifier} lacks its extension`
  if (isTest(target)) return `${specifier} is only for tests`
  return checkFolders(place, target)
}

function checkFolders(place: string, target: string): string | null {
  const targetPlace = placeOf(target)
  if (targetPlace === place || rootFiles.includes(place)) return null
  const allowed = importTable[place] ?? []
  if (allowed.includes(targetPlace)) return null
  const list = allowed.length > 0 ? allowed.join(', ') : 'nothing outside itself'
  return `${place} may not import ${targetPlace}; it may import ${list}`
}

/** `src/store/insert/samples.ts` → `store`, `src/start.ts` → `start`. */
function placeOf(path: string): string {
  const [, first = ''] = path.split('/')
  return first.replace(/(?:\.test)?\.ts$/, '')
}

function targetOf(path: string, specifier: string): string {
  return posix.join(posix.dirname(path), specifier)
}

/** Depth first over the folders; each cycle is reported once, with the import that closes it. */
function findCycles(edges: ReadonlyMap<string, ReadonlyMap<string, string>>): string[] {
  const cycles: string[] = []
  const done = new Set<string>()
  const visit = (place: string, trail: string[]): void => {
    if (done.has(place)) return
    for (const [next, at] of edges.get(place) ?? []) {
      const start = [...trail, place].indexOf(next)
      if (start >= 0)
        cycles.push(`${at}: cycle ${[...trail, place].slice(start).join(' → ')} → ${next}`)
      else visit(next, [...trail, place])
    }
    done.add(place)
  }
  for (const place of edges.keys()) visit(place, [])
  return cycles
}
