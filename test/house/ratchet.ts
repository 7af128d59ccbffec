// The ratchet of `npm run check`: compares the escapes in the code with test/ratchet.json. A count may only fall;
// `--update` stores lower ones. To let one rise on purpose, edit the file and say why in the commit.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { compareEscapes, countEscapes, type EscapeCounts, type Escapes } from './count-escapes.ts'
import { isTest, isWebTest, projectRoot, readSources } from './read-sources.ts'

const storePath = join(projectRoot, 'test/ratchet.json')

/** Tests are counted apart: they cast fakes and parsed JSON, which says nothing about the product. */
function countAll(): EscapeCounts {
  const counts = { src: none(), web: none(), tests: none() }
  for (const folder of ['src', 'web/src', 'test', 'bench']) {
    for (const { path, text } of readSources(folder)) {
      const isOfWeb = path.startsWith('web/')
      const isOfTests = isOfWeb ? isWebTest(path) : isTest(path)
      const group = isOfTests ? counts.tests : isOfWeb ? counts.web : counts.src
      const found = countEscapes(text)
      group.any += found.any
      group.casts += found.casts
      group.suppressions += found.suppressions
    }
  }
  return counts
}

function none(): Escapes {
  return { any: 0, casts: 0, suppressions: 0 }
}

const stored = JSON.parse(readFileSync(storePath, 'utf8')) as EscapeCounts
const counted = countAll()
const { risen, fallen } = compareEscapes(stored, counted)
for (const line of [...risen, ...fallen]) console.log(line)
if (risen.length > 0) {
  console.log('these counts may only fall: find a way without (test/house/ratchet.ts)')
  process.exitCode = 1
} else if (fallen.length > 0) {
  if (process.argv.includes('--update')) {
    writeFileSync(storePath, `${JSON.stringify(counted, null, 2)}\n`)
  } else {
    console.log('store the lower counts with: npm run check -- --update')
  }
}
