import { tensorflowVersion } from '../engine-folder';
import { ProvisioningFailure } from './provisioning-step';

/** TensorFlow's Python package for one platform; its wheels contain the C library. */
export interface TensorflowPackage {
  readonly name: string;
  readonly version: string;
  /** Platform tags (PEP 425, PEP 600) to ask pip for, when the local Python has no wheel of its own. */
  readonly platformTags: readonly string[];
  /** True for the file name of a wheel of this version for this platform, for any Python: only the C library matters. */
  isWheel(fileName: string): boolean;
}

const packages: Readonly<Record<string, { name: string; tags: readonly string[]; tagPattern: RegExp }>> = {
  'linux-x64': { name: 'tensorflow-cpu', tags: ['manylinux_2_27_x86_64', 'manylinux_2_17_x86_64', 'manylinux2014_x86_64'], tagPattern: /manylinux.*x86_64$/ },
  'linux-arm64': { name: 'tensorflow', tags: ['manylinux_2_27_aarch64', 'manylinux_2_17_aarch64', 'manylinux2014_aarch64'], tagPattern: /manylinux.*aarch64$/ },
  // Since 2.12 these wheels hold libtensorflow_cc.2.dylib; they are CPU builds under the plain name.
  'darwin-arm64': { name: 'tensorflow', tags: ['macosx_12_0_arm64'], tagPattern: /macosx.*arm64$/ },
};

/** @throws ProvisioningFailure where no wheel contains the C library (Windows, 32 bit, x64 macOS, musl) */
export function tensorflowPackage(platform: NodeJS.Platform, architecture: string): TensorflowPackage {
  const entry = packages[`${platform}-${architecture}`];
  if (!entry) throw new ProvisioningFailure(`no TensorFlow package for ${platform}-${architecture} contains the C library`);
  const start = `${entry.name.replace('-', '_')}-${tensorflowVersion}-`;
  return {
    name: entry.name,
    version: tensorflowVersion,
    platformTags: entry.tags,
    isWheel: (fileName) => fileName.startsWith(start) && fileName.endsWith('.whl') && entry.tagPattern.test(fileName.slice(0, -'.whl'.length)),
  };
}
