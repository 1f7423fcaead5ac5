/** Writes the README's table of commands from the registry; with `--check`, only says whether it is up to date. */
import { readFileSync, writeFileSync } from 'node:fs'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { signature } from '../shared/commands/command.ts'
import { commands } from '../shared/commands/registry.ts'
import { en } from '../shared/text/en.ts'
import type { CommandName } from '../shared/text/words.ts'

const README = fileURLToPath(new URL('../README.md', import.meta.url))
const BEGIN = '<!-- commands: made by `npm run readme` -->'
const END = '<!-- /commands -->'

function table(): string {
  const rows = commands.map((command) => {
    const aliases = command.aliases.map((alias) => `\`/${alias}\``).join(' ')
    const summary = en.summaries[command.name as CommandName]
    // A bar ends a cell, inside code, too.
    const call = signature(command).replaceAll('|', '\\|')
    return `| \`${call}\` | ${summary} | ${aliases} |`
  })
  return ['| command | what it does | also |', '| --- | --- | --- |', ...rows].join('\n')
}

const text = readFileSync(README, 'utf8')
const [before, rest] = text.split(BEGIN)
const after = rest?.split(END)[1]
if (before === undefined || after === undefined) {
  console.error(`README.md has no place for the commands: it needs ${BEGIN} and ${END}`)
  process.exit(1)
}
const updated = `${before}${BEGIN}\n\n${table()}\n\n${END}${after}`
if (process.argv.includes('--check')) {
  if (updated !== text) {
    console.error(
      'README.md: the table of commands is not what the registry says; run npm run readme',
    )
    process.exit(1)
  }
} else writeFileSync(README, updated)
