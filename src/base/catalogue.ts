/**
 * The catalogue of errors: code → kind, sentence, advice, exit code (CLI) and HTTP status (API). `docs/errors.md` lists
 * the same codes; a test keeps them equal. Code branches on `code`, never on the text.
 */
import { accessCatalogue } from './access-catalogue.ts'
import { agentCatalogue } from './agent-catalogue.ts'
import { commandCatalogue } from './command-catalogue.ts'
import { distributionCatalogue } from './distribution-catalogue.ts'
import type { ErrorEntry } from './error-entry.ts'
import { jobCatalogue } from './job-catalogue.ts'
import { pointCatalogue } from './point-catalogue.ts'
import { serverCatalogue } from './server-catalogue.ts'

const refused = { kind: 'refused', exit: 1, status: 400 } as const
const unavailable = { kind: 'unavailable', exit: 1, status: 503 } as const
const damaged = { kind: 'damaged', exit: 1, status: 500 } as const

export const catalogue = {
  'usage.invalid': {
    ...refused,
    says: '{problem}',
    advise: 'See --help of this command.',
  },
  'file.exists': {
    ...refused,
    status: 409,
    says: '{path} exists already.',
    advise: 'Nothing was overwritten. Name a file that is not there yet.',
  },
  'file.unusable': {
    ...refused,
    says: 'The file {path} cannot be used: {problem}.',
    advise: 'Check its name and its permissions.',
  },
  'config.malformed': {
    ...refused,
    says: 'The config file {path} is not right: {problem}.',
    advise: 'Put it right; docs/commands/README.md, "Config file", has an example.',
  },
  'vault.not-found': {
    ...refused,
    exit: 10,
    status: 404,
    says: 'There is no vault at {vault}.',
    advise: 'Check --vault or HOLDFAST_VAULT, or create one with `holdfast init`.',
  },
  'vault.unknown-name': {
    ...refused,
    exit: 10,
    status: 404,
    says: 'There is no vault {name}, neither in the config file nor as a folder here.',
    advise: 'The config file knows: {known}.',
  },
  'vault.unnamed': {
    ...refused,
    exit: 10,
    says: 'No vault was named.',
    advise: 'Use --vault NAME or --vault FOLDER, HOLDFAST_VAULT, or a default in the config file.',
  },
  'vault.exists': {
    ...refused,
    status: 409,
    says: 'There is already a vault at {vault}.',
    advise: 'Use it, or choose another place.',
  },
  'vault.foreign': {
    ...refused,
    exit: 10,
    says: '{vault} is not empty and is not a Holdfast vault ({found}).',
    advise:
      'Choose an empty folder for a new vault, or name the folder that holds `holdfast.json`.',
  },
  'vault.format-unknown': {
    ...refused,
    says: '{object} has format version {found}; this program reads up to {known}.',
    advise: 'Use a newer Holdfast. Nothing was changed.',
  },
  'vault.feature-unknown': {
    ...refused,
    says: 'The vault needs the feature "{feature}", which this program does not know.',
    advise: 'Use a newer Holdfast. Nothing was changed.',
  },
  'vault.config-changed': {
    ...refused,
    status: 409,
    says: 'Somebody changed the configuration of the vault: {problem}. Nothing was done.',
    advise:
      'Put these values back in the file vault/config, delete the file copies/vault/config, and run `holdfast repair --apply`. Reading and restoring work meanwhile.',
  },
  'vault.leased': {
    kind: 'unavailable',
    exit: 11,
    status: 409,
    says: 'The vault is in use by {holder} since {since}.',
    advise: 'Wait for that job (--wait 1h does it for you), or end it.',
  },
  'vault.fenced': {
    kind: 'unavailable',
    exit: 11,
    status: 409,
    says: 'Another process took over the vault (epoch {found}, ours was {ours}); nothing was committed.',
    advise: 'Run the job again; what was already uploaded is reused.',
  },
  'vault.wrong-key': {
    ...refused,
    exit: 12,
    status: 403,
    says: 'No key slot of the vault opens with this {credential}.',
    advise: 'Check the passphrase or key file; `holdfast key list` names the slots.',
  },
  'vault.last-slot': {
    ...refused,
    status: 409,
    says: 'The slot {slot} cannot be removed: a vault is never left without {needed} proven key slot(s).',
    advise: 'Add and prove another slot first (`holdfast key add`).',
  },
  'vault.reverted': {
    ...damaged,
    says: 'The newest entries of the ledger are lost, or it was put back: the point {point} {problem}. Nothing was done.',
    advise:
      'Put the missing files of ledger/ and copies/ledger/ back if you have them. If not, `holdfast repair --apply` builds the ledger anew and keeps every point. Reading and restoring work meanwhile.',
  },
  'slot.not-found': {
    ...refused,
    status: 404,
    says: 'There is no key slot {slot}.',
    advise: 'See `holdfast key list`.',
  },
  'key.missing': {
    ...refused,
    exit: 12,
    says: 'The vault needs a passphrase or a key file.',
    advise:
      'Use --passphrase-file, --key-file, HOLDFAST_PASSPHRASE_FILE, or run on a terminal to be asked.',
  },
  'key.unreadable': {
    ...refused,
    exit: 12,
    says: 'The {what} {path} cannot be read: {problem}.',
    advise: 'It is named by {origin}.',
  },
  'key.weak': {
    ...refused,
    says: 'A passphrase of {length} character(s) is found by trying.',
    advise: 'Take at least {min} characters; four or five words by chance are good.',
  },
  'key.malformed': {
    ...refused,
    exit: 12,
    says: 'This is not a {what}: {problem}.',
    advise: 'Check for typing errors; a recovery key has its check digits at the end.',
  },
  ...pointCatalogue,
  'schedule.invalid': {
    ...refused,
    says: '{problem}',
    advise: 'Change the schedule; nothing was saved.',
  },
  'tariff.invalid': {
    ...refused,
    says: '{problem}',
    advise: 'Change the prices or the prepaid plan; nothing was saved.',
  },
  'source.unusable': {
    ...refused,
    says: 'The source {path} cannot be backed up: {problem}.',
    advise: 'Check the path and the permissions.',
  },
  'source.unreadable': {
    ...unavailable,
    says: '{path} could not be read: {problem}.',
    advise: 'It is listed in the report; check its permissions or the disk.',
  },
  'target.not-found': {
    ...refused,
    status: 404,
    says: 'TARGET_NOT_EXIST: the folder {path} does not exist or is not a folder.',
    advise: 'Create the folder first, or choose another.',
  },
  'target.not-folder': {
    ...refused,
    status: 409,
    says: '{path} is not a folder.',
    advise: 'Choose the folder that it is in, or another one.',
  },
  'target.refused': {
    ...refused,
    says: 'Cannot write {path}: {problem}.',
    advise: 'Check permissions and free space of the target; run the restore again, it resumes.',
  },
  'target.full': {
    ...unavailable,
    says: 'The target is full: {path}.',
    advise: 'Free space and run the restore again; it resumes.',
  },
  'name.hostile': {
    ...damaged,
    says: 'The entry name {name} is not allowed ({problem}); it was not restored.',
    advise:
      'Nothing was written outside the target. The source was hostile or the vault is damaged.',
  },
  'object.damaged': {
    ...damaged,
    says: '{object} is damaged: {problem}.',
    advise:
      'Run `holdfast repair --read-data --apply`; the backup after it stores again what the source still has.',
  },
  'ledger.incomplete': {
    ...damaged,
    says: 'The ledger of the vault cannot be read: {problem}.',
    advise:
      'Nothing is decided without it. Run `holdfast repair`: it tells what can be put together again, and does it with --apply.',
  },
  'object.missing': {
    ...damaged,
    says: '{object} is missing from the vault.',
    advise: 'Run `holdfast verify`; a next backup stores again what the source still has.',
  },
  'chunk.missing': {
    ...damaged,
    says: 'A piece of content ({chunk}) is in no pack of the vault.',
    advise: 'Run `holdfast verify`; a next backup stores again what the source still has.',
  },
  'encode.mismatch': {
    ...damaged,
    says: 'A block did not read back as it was meant before it was written ({problem}).',
    advise: 'Nothing wrong was stored. Test the memory of this machine; then run the backup again.',
  },
  'tree.malformed': {
    ...damaged,
    says: 'The entry tree is malformed: {problem}.',
    advise: 'Run `holdfast verify`.',
  },
  'limit.exceeded': {
    ...refused,
    says: '{what} exceeds the limit of {limit}.',
    advise: 'Split the source or raise the limit.',
  },
  'storage.denied': {
    ...refused,
    status: 403,
    says: 'The storage of the vault refuses {object}: {problem}.',
    advise:
      'Check who owns the vault folder, and how it is mounted. Reading and restoring work all the same; older points are intact.',
  },
  'storage.full': {
    ...unavailable,
    status: 507,
    says: 'The storage of the vault is full ({object}).',
    advise:
      'Free space, or run `holdfast expire` and `holdfast gc`, which work on a full disk too; older points are intact, what was uploaded is reused.',
  },
  'storage.full-for-good': {
    ...unavailable,
    status: 507,
    says: 'The storage of the vault is full, and the reserve of the vault is used up ({object}).',
    advise:
      'Free some megabytes of the same disk outside the vault, then run it again. Delete nothing in the vault folder.',
  },
  'storage.unavailable': {
    ...unavailable,
    says: 'The storage failed: {problem} ({object}).',
    advise: 'Check the disk or the network and run the job again; older points are intact.',
  },
  'storage.exists': {
    ...refused,
    status: 409,
    says: 'The object {object} already exists with other bytes.',
    advise: 'Run `holdfast verify --scrub`.',
  },
  'storage.broken': {
    ...unavailable,
    says: 'An earlier write to the storage failed for good ({problem}); this run writes no more.',
    advise: 'Check the disk (dmesg), then run the job again.',
  },
  'deletion.frozen': {
    ...refused,
    status: 423,
    says: 'Deletions are frozen: {problem}.',
    advise: 'Nothing was deleted. See docs/threat-model.md, "Trusted time".',
  },
  'gc.refused': {
    ...refused,
    says: 'Garbage collection stopped before deleting anything: {problem}.',
    advise: 'Run `holdfast verify`, then try again. Any doubt keeps the data.',
  },
  'verify.failed': {
    ...damaged,
    says: 'The vault has {count} problem(s); they are listed above.',
    advise: 'See docs/errors.md, "When verify finds something".',
  },
  'job.transition-refused': {
    ...refused,
    status: 409,
    says: 'A job that is {from} cannot become {to}.',
    advise: 'Read the job again; it was changed meanwhile.',
  },
  'job.partial': {
    kind: 'refused',
    exit: 3,
    status: 200,
    says: '{count} file(s) failed or changed while being read; the point is usable and lists them.',
    advise: 'See the list above; `holdfast points {point}` shows it again.',
  },
  'restore.partial': {
    kind: 'refused',
    exit: 3,
    status: 200,
    says: '{count} of the selected could not be taken out; everything else was.',
    advise: 'They are listed above with the reason; the same command tries them again.',
  },
  'job.aborted': {
    kind: 'aborted',
    exit: 130,
    status: 499,
    says: 'Interrupted. Nothing is half done: the vault is clean.',
    advise: 'Run the same command again; a backup or a restore goes on with what is done already.',
  },
  'catalog.newer': {
    ...refused,
    says: 'The catalog has version {found}; this program knows versions up to {known}.',
    advise: 'Use a newer Holdfast. Nothing was changed.',
  },
  'catalog.busy': {
    ...unavailable,
    says: 'The catalog is in use: {problem}.',
    advise: 'Try again.',
  },
  'catalog.unavailable': {
    ...unavailable,
    says: 'The catalog cannot be reached: {problem}.',
    advise: 'Check the database, its disk and the connection to it; backups in vaults are intact.',
  },
  'catalog.damaged': {
    ...damaged,
    says: 'The catalog is damaged: {problem}.',
    advise: 'Restore it from the vault or have it rebuilt; backups in vaults are intact.',
  },
  'mount.unavailable': {
    ...refused,
    says: 'Mounting is not possible here: {problem}.',
    advise:
      'Install fuse3 (the fusermount3 command), or use `holdfast dump` and `holdfast restore`.',
  },
  'mount.occupied': {
    ...refused,
    status: 409,
    says: 'Points cannot be shown at {path}: {problem}.',
    advise: 'Choose an empty folder, or make one.',
  },
  'system.unsupported': {
    ...refused,
    says: 'This system cannot do it: {problem}.',
    advise: 'See README, "What it runs on".',
  },
  ...serverCatalogue,
  ...accessCatalogue,
  ...agentCatalogue,
  ...commandCatalogue,
  ...distributionCatalogue,
  ...jobCatalogue,
} satisfies Record<string, ErrorEntry>

export type ErrorCode = keyof typeof catalogue
