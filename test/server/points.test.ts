// Versions, points and vaults through their handlers: real gateway, real vaults in folders, real backups.
import { describe } from 'node:test'
import { downloadContract } from '../../src/server/services/points/download.contract.ts'
import { fileHistoryContract } from '../../src/server/services/points/file-history.contract.ts'
import { compareContract } from '../../src/server/services/points/point-changes.contract.ts'
import { pointMarksContract } from '../../src/server/services/points/point-marks.contract.ts'
import { pointsContract } from '../../src/server/services/points/points.contract.ts'
import { previewContract } from '../../src/server/services/points/preview.contract.ts'
import { randomTreesContract } from '../../src/server/services/points/random-trees.contract.ts'
import { searchFiltersContract } from '../../src/server/services/points/search-filters.contract.ts'
import { searchWorkContract } from '../../src/server/services/points/search-work.contract.ts'
import { openRealMachine } from './real-machine.ts'

describe('points', () => pointsContract(openRealMachine))
describe('changes between points', () => compareContract(openRealMachine))
describe('history of a file', () => fileHistoryContract(openRealMachine))
describe('marks of points', () => pointMarksContract(openRealMachine))
describe('downloads', () => downloadContract(openRealMachine))
describe('previews', () => previewContract(openRealMachine))
describe('filters of a search', () => searchFiltersContract(openRealMachine))
describe('work of a search', () => searchWorkContract(openRealMachine))
describe('random trees', () => randomTreesContract(openRealMachine))
