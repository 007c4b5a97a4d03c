import { Command } from 'commander';
import { createCommandRunner } from './base/command-runner';
import { productVersion } from './base/product';
import { registerPackageCommand } from './board/image/kfpkg-command';
import { registerPackageListCommand } from './board/image/package-command';
import { registerAskCommand } from './board/deploy/ask-command';
import { registerMonitorCommand } from './board/monitor/monitor-command';
import { registerPortsCommand } from './board/port/ports-command';
import { registerBoardCheckCommand } from './cli/board-check-command';
import { evaluationDependencies } from './cli/evaluation-dependencies';
import { registerConvertCommand } from './cli/convert-command';
import { registerDeployCommand } from './cli/deploy-command';
import { registerExportCommand } from './cli/export-command';
import { registerImportCommand } from './cli/import-command';
import { registerJourneyCommand } from './cli/journey-command';
import { kmodelDependencies } from './cli/kmodel-dependencies';
import { LazyEngine } from './cli/lazy-engine';
import { simulatedKpu } from './cli/simulated-kpu';
import { openTrainingEnvironment } from './cli/training-environment';
import { registerEmulateCommand } from './board/emulator/emulate-command';
import { registerAuditCommand } from './dataset/audit/audit-command';
import { registerDatasetCommands } from './dataset/dataset-command';
import { registerLookCommand } from './dataset/look/look-command';
import { registerWorkerCommand } from './dataset/remote/worker-command';
import { registerSampleCommand } from './dataset/sample/sample-command';
import { registerSourceCommands } from './dataset/sources/source-commands';
import { registerSplitCommand } from './dataset/split-command';
import { registerDoctorCommand } from './engine/doctor-command';
import { registerEngineCommands } from './engine/engine-command';
import { registerEvaluationCommands } from './evaluation/evaluation-command';
import { readPairs } from './evaluation/pair-file';
import { registerKmodelCommands } from './kmodel/kmodel-command';
import { registerClusterCommand } from './training/cluster/kubernetes/cluster-command';
import { registerRankCommand } from './training/cluster/launch/rank-command';
import { registerRecipesCommands } from './training/recipe/recipes-command';
import { registerRunsCommands } from './training/run/runs-command';
import { registerTrainingCommands } from './training/training-command';

function buildProgram(): Command {
  const program = new Command('mobilefacenet')
    .description('Photos of people go in, a face-recognition model comes out, and it runs on a K210 board.')
    .version(productVersion)
    .option('--json', 'print the result as one JSON object on the last line of stdout')
    .option('--verbose', 'show stacks of unexpected errors');
  const run = createCommandRunner(program);
  const engine = new LazyEngine();
  const dependencies = evaluationDependencies(engine);
  registerJourneyCommand(program, run, dependencies, engine);
  registerDoctorCommand(program, run);
  registerEngineCommands(program, run);
  registerSampleCommand(program, run);
  const dataset = registerDatasetCommands(program, run);
  registerSourceCommands(dataset, run);
  registerSplitCommand(dataset, run);
  registerLookCommand(dataset, run);
  registerAuditCommand(dataset, run, { ...dependencies, readPairs });
  registerWorkerCommand(program, run);
  registerTrainingCommands(program, run, openTrainingEnvironment);
  registerRankCommand(program, openTrainingEnvironment);
  registerClusterCommand(program, run);
  registerRecipesCommands(program, run);
  registerRunsCommands(program, run);
  registerEvaluationCommands(program, run, dependencies);
  registerKmodelCommands(program, run, kmodelDependencies(dependencies, engine));
  registerExportCommand(program, run, dependencies, engine);
  registerImportCommand(program, run);
  registerConvertCommand(program, run, dependencies, engine);
  const board = program.command('board').description('try and check K210 boards');
  registerEmulateCommand(board, run, simulatedKpu);
  registerAskCommand(board, run);
  registerMonitorCommand(board, run);
  registerPackageListCommand(board, run);
  registerBoardCheckCommand(board, run, dependencies);
  registerPortsCommand(program, run);
  registerDeployCommand(program, run, dependencies, engine);
  registerPackageCommand(program, run);
  return program;
}

void buildProgram().parseAsync();
