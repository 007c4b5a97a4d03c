# Modules of MaixPy-v1 and CanMV for MicroPython in the virtual board: what programs for face recognition use of them.
# `_k210` is the board: call(operation, json) -> json, sleep(ms), now(), available(), read(), ring(bytes), interruptKey(key).
import sys, io, json, os, vfs, struct, micropython
import ubinascii as binascii
import _k210


def _call(operation, *arguments):
    answer = json.loads(_k210.call(operation, json.dumps(arguments)))
    if 'errno' in answer:
        raise OSError(answer['errno'])
    if 'error' in answer:
        raise ValueError(answer['error'])
    return answer['value']


class _Module:
    def __init__(self, **members):
        for name in members:
            setattr(self, name, members[name])


class _Accepting:
    """Takes every call: for hardware that has no effect here."""

    def __init__(self, *values, **named):
        pass

    def __getattr__(self, name):
        return lambda *values, **named: 0


# File systems


class _File(io.IOBase):
    def __init__(self, volume, path, mode):
        self.volume = volume
        self.text = 'b' not in mode
        self.handle = _call('open', volume, path, mode)

    def _bytes(self, count):
        return binascii.a2b_base64(_call('read', self.volume, self.handle, count))

    def readinto(self, buffer):
        data = self._bytes(len(buffer))
        buffer[:len(data)] = data
        return len(data)

    def read(self, count=-1):
        data = self._bytes(count)
        return data.decode() if self.text else data

    def readline(self):
        line = b''
        while not line.endswith(b'\n'):
            byte = self._bytes(1)
            if not byte:
                break
            line += byte
        return line.decode() if self.text else line

    def write(self, data):
        data = data.encode() if isinstance(data, str) else bytes(data)
        return _call('write', self.volume, self.handle, binascii.b2a_base64(data).decode().strip())

    def seek(self, offset, whence=0):
        return _call('seek', self.volume, self.handle, offset, whence)

    def tell(self):
        return self.seek(0, 1)

    def flush(self):
        pass

    def close(self):
        _call('close', self.volume, self.handle)

    def ioctl(self, request, argument):
        if request == 4:
            self.close()
        return 0

    def __enter__(self):
        return self

    def __exit__(self, *reason):
        self.close()

    def __iter__(self):
        return self

    def __next__(self):
        line = self.readline()
        if not line:
            raise StopIteration
        return line


class _Volume:
    def __init__(self, name):
        self.name = name
        self.folder = '/'

    def _path(self, path):
        whole = path if path.startswith('/') else self.folder.rstrip('/') + '/' + path
        return whole.rstrip('/') or '/'

    def mount(self, readonly, mkfs):
        pass

    def umount(self):
        pass

    def open(self, path, mode):
        return _File(self.name, self._path(path), mode)

    def stat(self, path):
        folder, size = _call('stat', self.name, self._path(path))
        return (0x4000 if folder else 0x8000, 0, 0, 0, 0, 0, size, 0, 0, 0)

    def ilistdir(self, path):
        entries = _call('list', self.name, self._path(path))
        return iter([(name, 0x4000 if folder else 0x8000, 0, size) for name, folder, size in entries])

    def statvfs(self, path):
        block, count, free = _call('space', self.name)
        return (block, block, count, free, free, 0, 0, 0, 0, 255)

    def mkdir(self, path):
        _call('mkdir', self.name, self._path(path))

    def remove(self, path):
        _call('remove', self.name, self._path(path))

    def rmdir(self, path):
        _call('remove', self.name, self._path(path))

    def rename(self, old, new):
        _call('rename', self.name, self._path(old), self._path(new))

    def chdir(self, path):
        self.folder = self._path(path)

    def getcwd(self):
        return self.folder


vfs.mount(_Volume('flash'), '/flash')
os.chdir('/flash')
sys.path.append('/flash')


def _mount_card():
    vfs.mount(_Volume('sd'), '/sd')
    os.chdir('/sd')
    sys.path.append('/sd')


os.uname = lambda: ('maixpy', 'maixpy', '1.11.0', 'virtual board', 'Sipeed_M1 with kendryte-k210')

# Time passes on the board's clock


class _Clock:
    def __init__(self):
        self.last = _k210.now()

    def tick(self):
        self.last = _k210.now()

    def fps(self):
        return 1000 / max(1, _k210.now() - self.last)


_time = _Module(
    sleep=lambda seconds: _k210.sleep(int(seconds * 1000)),
    sleep_ms=lambda ms: _k210.sleep(int(ms)),
    sleep_us=lambda us: None,
    ticks_ms=lambda: _k210.now(),
    ticks_us=lambda: _k210.now() * 1000,
    ticks_diff=lambda later, earlier: later - earlier,
    ticks_add=lambda ticks, delta: ticks + delta,
    time=lambda: _k210.now() // 1000,
    clock=_Clock,
)


def _kbd_intr(key):
    _k210.interruptKey(key)


_micropython = _Module(kbd_intr=_kbd_intr, const=lambda value: value, opt_level=lambda *level: 0, mem_info=lambda *verbose: None)

# machine


class _Uart:
    def init(self, baudrate, bits=8, parity=None, stop=1, timeout=1000, read_buf_len=2048, ide=False, from_ide=True):
        _k210.ring(read_buf_len)
        _call('set-rate', baudrate)

    def any(self):
        return _k210.available()

    def read(self, count=-1):
        count = _k210.available() if count < 0 else min(count, _k210.available())
        return bytes([_k210.read() for _ in range(count)]) if count > 0 else None

    def write(self, data):
        text = data if isinstance(data, str) else bytes(data).decode()
        print(text, end='')
        return len(data)


_family, _has_repl_uart = _call('firmware')


class _UartClass(_Accepting):
    UART1 = 1
    UART2 = 2
    UART3 = 3


if _has_repl_uart:
    _UartClass.repl_uart = staticmethod(lambda: _Uart())

_machine = _Module(UART=_UartClass, I2C=_Accepting, Timer=_Accepting, reset=lambda: _call('reset'))

# Pictures: 16 bits per pixel for the camera and the display, three planes of bytes for the KPU

_TO8OF5 = [(value * 255 + 15) // 31 for value in range(32)]
_TO8OF6 = [(value * 255 + 31) // 63 for value in range(64)]


class _Image(_Accepting):
    # MicroPython in WebAssembly collects garbage only between programs: a picture that nobody looks into takes no memory,
    # and its planes go to the board once.
    def __init__(self, path=None, size=(320, 240), copy_to_fb=False):
        self.w, self.h = size
        self.pixels = None
        self.planes = None

    def width(self):
        return self.w

    def height(self):
        return self.h

    def set_pixel(self, x, y, colour):
        red, green, blue = colour
        if self.pixels is None:
            self.pixels = [0] * (self.w * self.h)
        self.pixels[y * self.w + x] = ((red * 31 + 127) // 255) << 11 | ((green * 63 + 127) // 255) << 5 | (blue * 31 + 127) // 255
        return self

    def get_pixel(self, x, y):
        pixel = self.pixels[y * self.w + x] if self.pixels else 0
        return (_TO8OF5[pixel >> 11], _TO8OF6[pixel >> 5 & 63], _TO8OF5[pixel & 31])

    def pix_to_ai(self):
        pixels = self.pixels or bytes(self.w * self.h)
        planes = bytes([_TO8OF5[pixel >> 11] for pixel in pixels])
        planes += bytes([_TO8OF6[pixel >> 5 & 63] for pixel in pixels])
        planes += bytes([_TO8OF5[pixel & 31] for pixel in pixels])
        self.planes = _call('kpu-input', binascii.b2a_base64(planes).decode().strip())


_image = _Module(Image=_Image, get_affine_transform=lambda source, target: None, warp_affine_ai=lambda source, target, transform: None)


_view = _Image()


def _snapshot():
    _k210.sleep(200)
    return _view


_sensor = _Module(
    RGB565=2, GRAYSCALE=1, QVGA=8, reset=lambda **options: 0, set_pixformat=lambda *values: 0, set_framesize=lambda *values: 0,
    set_hmirror=lambda value: 0, set_vflip=lambda value: 0, run=lambda value: 0, skip_frames=lambda *values, **named: 0, snapshot=_snapshot,
)

# The KPU, of both kinds of firmware


def _load(source):
    if isinstance(source, int):
        return _call('kpu-load-flash', source)
    if not source.startswith('/'):
        source = os.getcwd() + '/' + source
    volume, _, path = source[1:].partition('/')
    return _call('kpu-load-file', volume, '/' + path)


def _run(task, image):
    index, width, height, channels = task
    if image.planes is None:
        raise ValueError('[MAIXPY]kpu: pix_ai is NULL!')
    if (image.w, image.h) != (width, height):
        raise ValueError('[MAIXPY]kpu: img w=%d,h=%d, but model w=%d,h=%d' % (image.w, image.h, width, height))
    output = binascii.a2b_base64(_call('kpu-run', index, image.planes))
    return list(struct.unpack('<%df' % (len(output) // 4), output))


class _KpuOfCanMV:
    def load_kmodel(self, source, size=None):
        self.task = _load(source)

    def run_with_output(self, image, getlist=False, get_feature=False):
        self.output = _run(self.task, image)
        return self.output

    def init_yolo2(self, *values, **named):
        pass

    def regionlayer_yolo2(self):
        return []

    def deinit(self):
        self.task = None


_kpu = _Module(
    load=_load, deinit=lambda task: True, forward=lambda task, image, index=0: _run(task, image), set_outputs=lambda *values: True,
    init_yolo2=lambda *values: True, run_yolo2=lambda task, image: None, fmap_free=lambda fmap: None,
)
_utils = _Module(flash_read=lambda address, count: binascii.a2b_base64(_call('flash-read', address, count)), heap_free=lambda: 3145728, gc_heap_size=lambda *size: 524288)
_pins = _Module(FPIOA=_Accepting, GPIO=_Accepting, utils=_utils)

for _name, _module in (
    ('time', _time), ('utime', _time), ('micropython', _micropython), ('machine', _machine), ('image', _image), ('sensor', _sensor), ('lcd', _Accepting()),
    ('fpioa_manager', _Module(fm=_Accepting())), ('board', _Module(board_info=_Accepting())),
):
    sys.modules[_name] = _module
if _family == 'canmv':
    sys.modules['maix'] = _Module(KPU=_KpuOfCanMV, FPIOA=_Accepting, GPIO=_Accepting, utils=_utils)
else:
    sys.modules['Maix'] = _pins
    sys.modules['KPU'] = _kpu
del _name, _module
