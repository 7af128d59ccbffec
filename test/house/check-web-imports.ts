import { posix } from 'node:path'
import { findImports } from './check-imports.ts'
import { testPackages } from './import-table.ts'
import { isWebTest, type SourceFile } from './read-sources.ts'
import { webFolders, webPackages } from './web-table.ts'

/**
 * Checks every import of the web UI: of src/ only what also runs in a browser, of packages only those of the table.
 *
 * @returns one line a breach: `file:line: what is wrong and what is allowed`
 */
export function checkWebImports(files: readonly SourceFile[]): string[] {
  return files.flatMap(({ path, text }) =>
    findImports(text).flatMap(({ line, specifier }) => {
      const breach = checkImport(path, specifier)
      return breach === null ? [] : [`${path}:${line}: ${breach}`]
    }),
  )
}

function checkImport(path: string, specifier: string | null): string | null {
  if (specifier === null) return 'a computed import cannot be checked: write the path out'
  if (specifier.startsWith('.')) {
    return checkRelative(path, posix.join(posix.dirname(path), specifier))
  }
  if (isWebTest(path) && (testPackages.includes(specifier) || specifier.startsWith('node:'))) {
    return null
  }
  if (specifier.startsWith('node:')) return `web runs in a browser and may not import ${specifier}`
  const name = specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/')
  const places = webPackages[name]
  if (!places) return `the package ${name} is not in the table of the web UI's packages`
  const isAllowed = places.length === 0 || places.some((place) => path.startsWith(place))
  return isAllowed ? null : `${name} may only be imported by ${places.join(', ')}`
}

function checkRelative(path: string, target: string): string | null {
  const [root, folder = ''] = target.split('/')
  if (root === 'web' && folder === 'src') {
    const isBreach = isWebTest(target) && !isWebTest(path)
    if (!/\.(?:tsx?|css|json)$/.test(target)) return `${target} lacks its extension`
    return isBreach ? `${target} is only for tests` : null
  }
  if (isWebTest(path) && root === 'test') return null
  if (root !== 'src') return `${target} is neither in web/src nor in src`
  if (webFolders.includes(folder)) return null
  return `web may not import ${folder}; it may import ${webFolders.join(', ')}`
}
