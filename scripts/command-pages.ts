// Writes docs/commands from the table of commands in src/cli (run: `npm run docs`); a test compares them.

import { mkdirSync, writeFileSync } from 'node:fs'
import {
  type Command,
  type CommandGroup,
  commandEntries,
  commonOptions,
  exitCodes,
  exitsOf,
  isGroup,
  type OptionSpec,
  optionText,
  serverOptions,
  usageOf,
  vaultOptions,
} from '#cli'

export type Page = { readonly name: string; readonly text: string }

/** One page for each command, and README.md with what all of them share. */
export async function renderCommandPages(): Promise<readonly Page[]> {
  const pages: Page[] = []
  for (const entry of commandEntries)
    pages.push({ name: `${entry.name}.md`, text: renderPage(await entry.load()) })
  return [...pages, { name: 'README.md', text: renderOverview() }]
}

function renderPage(command: Command | CommandGroup): string {
  const origin = 'Written from the table in `src/cli` by `npm run docs`.'
  const body = isGroup(command)
    ? command.commands.map((child) => renderCommand(child, `${command.name} `, '##')).join('\n\n')
    : renderCommand(command, '', '#')
  const head = isGroup(command) ? [`# holdfast ${command.name}`, ...command.about, ''] : []
  return `${[...head, body].join('\n\n').replace(/\n{3,}/g, '\n\n')}

[Options of every command, and the environment](README.md). ${origin}
`
}

function renderCommand(command: Command, parents: string, heading: string): string {
  const sections = [
    `${heading} holdfast ${parents}${command.name}`,
    `${capital(command.summary)}.`,
    block([usageOf(command, parents)]),
    ...command.about,
  ]
  if (command.arguments.length > 0)
    sections.push(
      table(
        ['argument', ''],
        command.arguments.map(({ name, about }) => [`\`${name}\``, about]),
      ),
    )
  if (command.options.length > 0) sections.push(renderOptions(command.options))
  sections.push(block(command.examples.map(({ line, about }) => `${line}   # ${about}`)))
  sections.push(renderExits(exitsOf(command)))
  return sections.join('\n\n')
}

function renderOverview(): string {
  const groups = [...new Set(commandEntries.map(({ group }) => group))].map((group) =>
    table(
      [group, ''],
      commandEntries
        .filter((entry) => entry.group === group)
        .map(({ name, summary }) => [`[\`${name}\`](${name}.md)`, summary]),
    ),
  )
  return `# Commands

${groups.join('\n\n')}

## Options of every command

${renderOptions(commonOptions)}

Commands on a vault take these as well:

${renderOptions(vaultOptions)}

Commands through a control server take this one:

${renderOptions(serverOptions)}

${[aboutEnvironment, aboutConfigFile, aboutServers, aboutScripts].join('\n\n')}

${renderExits(Object.keys(exitCodes).map(Number))}

Written from the table in \`src/cli\` by \`npm run docs\`.
`
}

const aboutEnvironment = `## Environment

| variable | |
|---|---|
| \`HOLDFAST_VAULT\` | the vault, as \`--vault\` |
| \`HOLDFAST_KEY_FILE\` | as \`--key-file\` |
| \`HOLDFAST_PASSPHRASE_FILE\` | as \`--passphrase-file\` |
| \`HOLDFAST_PASSPHRASE\` | the passphrase itself; a file is safer, since other programs may see the environment |
| \`HOLDFAST_SERVER\` | the control server, as \`--server\` |
| \`HOLDFAST_TOKEN\` | an API token for it, instead of the one that \`holdfast login\` keeps |
| \`HOLDFAST_FINGERPRINT\` | the fingerprint of its certificate (\`sha256:…\`), where \`HOLDFAST_SERVER\` is an address |
| \`HOLDFAST_CONFIG\` | the config file, instead of \`~/.config/holdfast/config.json\` |
| \`NO_COLOR\` | as \`--no-color\` |

Options come first, then what the config file says of a vault by its name, then the environment. A secret is never part of a
command line.`

const aboutConfigFile = `## Config file

\`~/.config/holdfast/config.json\` gives vaults names. Paths are absolute or begin with \`~/\`; an unknown key is an error.

${block(
  [
    '{',
    '  "vaults": {',
    '    "nas": { "path": "/mnt/nas/vault", "keyFile": "~/.holdfast.key" },',
    '    "usb": { "path": "/media/usb/vault", "passphraseFile": "/root/usb.pass" }',
    '  },',
    '  "default": "nas"',
    '}',
  ],
  'json',
)}`

const aboutServers = `## Control servers

\`holdfast login\` keeps the servers that it knows in \`servers.json\` beside the config file, readable by nobody else: the name,
the address, the fingerprint of the certificate where no authority vouches for it, and an API token. With several of them,
\`--server NAME\` says which; else it is the one that was logged in to last with \`--default\`, or first.`

const aboutScripts = `## For scripts

With \`--json\` every line on standard output is one JSON object with \`event\`: results, \`progress\`, \`failure\` (a file
that could not be read), \`notice\`, \`warning\`, and at the end of a failed command \`error\` with \`code\`
([list](../errors.md)), \`exit\`, \`message\` and \`advice\`. Paths are in \`path\`; where a name is not plain text, \`path\`
is a readable form and \`pathHex\` has the bytes. Commands through a control server print the objects of its API as they are
([description](../api/openapi.json)), each with its kind as \`event\`.`

function renderOptions(options: readonly OptionSpec[]): string {
  return table(
    ['option', ''],
    options.map((option) => [`\`${option.flags}\``, optionText(option)]),
  )
}

function renderExits(codes: readonly number[]): string {
  return table(
    ['exit code', ''],
    codes.map((code) => [String(code), exitCodes[code] ?? '']),
  )
}

function table(titles: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
  return [line(titles), `|${titles.map(() => '---').join('|')}|`, ...rows.map(line)].join('\n')
}

function block(lines: readonly string[], language = 'sh'): string {
  return [`\`\`\`${language}`, ...lines, '```'].join('\n')
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}

if (import.meta.main) {
  const folder = new URL('../docs/commands/', import.meta.url)
  mkdirSync(folder, { recursive: true })
  for (const { name, text } of await renderCommandPages())
    writeFileSync(new URL(name, folder), text)
}
