import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { decodeFaceExample, encodeFaceExample } from '../../../../src/dataset/tfrecord/face-example';

const exampleArbitrary = fc.record({
  height: fc.nat(4096), width: fc.nat(4096), depth: fc.nat(4), label: fc.nat(), image: fc.uint8Array({ maxLength: 300 }),
}, { noNullPrototype: true });

describe('face example', () => {
  it('survives a round trip', () => {
    fc.assert(fc.property(exampleArbitrary, (example) => {
      assert.deepEqual(decodeFaceExample(encodeFaceExample(example)), example);
    }));
  });

  it('is the protobuf of tf.train.Example', () => {
    const bytes = encodeFaceExample({ height: 2, width: 2, depth: 3, label: 300, image: Uint8Array.of(0xff, 0xd8) });
    // Written by hand from example.proto: map entry { key "label", value { int64_list { value: [300] packed } } }.
    const label = Buffer.from('0a0f0a056c6162656c12061a040a02ac02', 'hex');
    const image = Buffer.from('0a130a09696d6167655f72617712060a040a02ffd8', 'hex');
    assert.ok(Buffer.from(bytes).includes(label));
    assert.ok(Buffer.from(bytes).includes(image));
  });

  it('reads unpacked integers, other orders and foreign features', () => {
    // image_raw first, then a float feature, then label as an unpacked list.
    const image = '0a130a09696d6167655f72617712060a040a02ffd8';
    const score = '0a110a0573636f7265120812060a040000803f';
    const label = '0a0e0a056c6162656c12051a0308ac02';
    const features = image + score + label;
    const bytes = Buffer.from(`0a${(features.length / 2).toString(16)}${features}`, 'hex');
    const example = decodeFaceExample(bytes);
    assert.equal(example.label, 300);
    assert.deepEqual([...example.image], [0xff, 0xd8]);
  });

  it('says what is missing', () => {
    assert.throws(() => decodeFaceExample(new Uint8Array()), /no int64 feature "label"/);
    assert.throws(() => decodeFaceExample(Buffer.from('0a100a0e0a056c6162656c12051a0308ac02', 'hex')), /no bytes feature "image_raw"/);
  });

  it('throws on any damage instead of hanging or returning nonsense types', () => {
    const bytes = encodeFaceExample({ height: 112, width: 112, depth: 3, label: 7, image: new Uint8Array(40) });
    fc.assert(fc.property(fc.nat(bytes.length - 1), fc.nat(255), (position, value) => {
      const damaged = Uint8Array.from(bytes);
      damaged[position] = value;
      try {
        assert.equal(typeof decodeFaceExample(damaged).label, 'number');
      } catch (error) {
        assert.ok(error instanceof Error);
      }
    }));
  });
});
