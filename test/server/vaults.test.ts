// Vaults and their locks through their handlers, and the matrix of attacks on what is locked.
import { describe } from 'node:test'
import { lockMatrixContract } from '../../src/server/services/vaults/lock-matrix.contract.ts'
import { vaultsContract } from '../../src/server/services/vaults/vaults.contract.ts'
import { openRealMachine } from './real-machine.ts'

describe('vaults', () => vaultsContract(openRealMachine))
describe('locks', () => lockMatrixContract(openRealMachine))
