# MobileFaceNet Studio: recognises faces on the camera of a K210 board, with MaixPy-v1 or CanMV.
# BOOT enrols the face in view. Over the serial line: "~k2 enrol NAME", "~k2 faces", "~k2 forget", and photos of `board check`.
import gc, time, image, sensor, lcd
import uos, ujson, ustruct, ubinascii
from machine import UART

MODEL = __MODEL__  # path, or address in the flash
MODEL_BYTES = __MODEL_BYTES__
SIZE = __SIZE__  # side of an aligned face in pixels
TURNED = __TURNED__  # the model wants pictures turned by 180 degrees
THRESHOLD = __THRESHOLD__  # cosine from which two faces are one person's
POINTS = __POINTS__  # where eyes, nose and corners of the mouth lie in an aligned face
DETECTOR = __DETECTOR__  # path or address of a face detector (YOLO v2) of the firmware's makers; None: the middle of the picture
LANDMARKS = __LANDMARKS__  # path or address of their model for five points; None: where they usually lie in a face
FACES = __FACES__  # file of enrolled faces

try:
    import KPU as kpu
    from Maix import FPIOA, GPIO
    CANMV = False
except ImportError:
    from maix import KPU, FPIOA, GPIO
    CANMV = True


class Model:
    def __init__(self, source, size=0):
        if not CANMV:
            self.task = kpu.load(source)
            return
        self.task = KPU()
        try:
            self.task.load_kmodel(source)
        except TypeError:
            self.task.load_kmodel(source, size)

    def run(self, picture):
        if CANMV:
            return self.task.run_with_output(picture, getlist=True)
        return kpu.forward(self.task, picture)[:]


def unit(vector):
    length = sum([value * value for value in vector]) ** 0.5
    return [value / length for value in vector] if length > 0 else vector


def cosine(a, b):
    return sum([x * y for x, y in zip(a, b)])


def say(**values):
    print(ujson.dumps(values))


def pack(vector):
    return ubinascii.b2a_base64(ustruct.pack('<%df' % len(vector), *vector)).decode().strip()


def unpack(text):
    data = ubinascii.a2b_base64(text)
    return list(ustruct.unpack('<%df' % (len(data) // 4), data))


class Gallery:
    def __init__(self):
        self.faces = []
        try:
            with open(FACES) as lines:
                for line in lines:
                    name, vector = line.strip().rsplit(' ', 1)
                    self.faces.append((name, unpack(vector)))
        except OSError:
            pass

    def enrol(self, name, vector):
        self.faces.append((name, vector))
        with open(FACES, 'a') as lines:
            lines.write(name + ' ' + pack(vector) + '\n')
        say(k2='enrolled', name=name, faces=len(self.faces))

    def forget(self):
        self.faces = []
        try:
            uos.remove(FACES)
        except OSError:
            pass
        say(k2='faces', names=[])

    def best(self, vector):
        best = ('', -1.0)
        for name, known in self.faces:
            likeness = cosine(known, vector)
            if likeness > best[1]:
                best = (name, likeness)
        return best


class Finder:
    ANCHORS = (1.889, 2.5245, 2.9465, 3.94056, 3.99987, 5.3658, 5.155437, 6.92275, 6.718375, 9.01025)
    ANCHORS_OF_CANMV = (
        0.1075, 0.126875, 0.126875, 0.175, 0.1465625, 0.2246875, 0.1953125, 0.25375, 0.2440625, 0.351875, 0.341875, 0.4721875,
        0.5078125, 0.6696875, 0.8984375, 1.099687, 2.129062, 2.425937)
    USUAL = ((0.31, 0.36), (0.69, 0.36), (0.5, 0.57), (0.35, 0.78), (0.65, 0.78))

    def __init__(self):
        self.detector = Model(DETECTOR) if DETECTOR is not None else None
        self.landmarks = Model(LANDMARKS) if LANDMARKS is not None else None
        if self.detector is None:
            return
        if CANMV:
            self.detector.task.init_yolo2(
                self.ANCHORS_OF_CANMV, anchor_num=9, img_w=320, img_h=240, net_w=320, net_h=240, layer_w=10, layer_h=8,
                threshold=0.5, nms_value=0.2, classes=1)
        else:
            kpu.init_yolo2(self.detector.task, 0.5, 0.3, 5, self.ANCHORS)

    def largest(self, picture):
        if self.detector is None:
            side = min(picture.width(), picture.height())
            return ((picture.width() - side) // 2, (picture.height() - side) // 2, side, side)
        if CANMV:
            self.detector.task.run_with_output(picture)
            boxes = [tuple(found[:4]) for found in self.detector.task.regionlayer_yolo2()]
        else:
            boxes = [found.rect() for found in kpu.run_yolo2(self.detector.task, picture) or ()]
        return max(boxes, key=lambda box: box[2] * box[3]) if boxes else None

    def points(self, picture, box):
        x, y, w, h = [int(value) for value in box]
        shares = self.USUAL
        if self.landmarks is not None:
            cut = picture.cut(x, y, w, h).resize(128, 128)
            cut.pix_to_ai()
            out = self.landmarks.run(cut)
            if CANMV:
                out = [KPU.sigmoid(value) for value in out]
            shares = [(out[2 * i], out[2 * i + 1]) for i in range(5)]
        return [(x + int(share[0] * w), y + int(share[1] * h)) for share in shares]


def target_points():
    points = [(int(x + 0.5), int(y + 0.5)) for x, y in POINTS]
    return [(SIZE - 1 - x, SIZE - 1 - y) for x, y in points] if TURNED else points


class Remote:
    """Commands that come over the serial line, one per line, each answered by one line of JSON."""

    def __init__(self, model, gallery):
        self.model = model
        self.gallery = gallery
        self.uart = UART.repl_uart()
        self.text = b''
        self.photo = None
        self.next = 0
        self.heard = 0
        self.enrol = None

    def listen(self):
        """Obeys what has come. True while a photo is on its way: then pictures of the camera would only delay it."""
        while self.uart.any():
            self.heard = time.ticks_ms()
            self.text += self.uart.read(self.uart.any()) or b''
            while b'\n' in self.text:
                line, self.text = self.text.split(b'\n', 1)
                if line.startswith(b'~k2 '):
                    try:
                        self.obey(line.decode().strip()[4:])
                    except Exception as error:
                        say(k2='error', message=str(error))
            self.text = self.text[-2048:]
        return self.photo is not None and time.ticks_diff(time.ticks_ms(), self.heard) < 1500

    def obey(self, line):
        command, _, rest = line.partition(' ')
        if command == 'photo':
            self.photo = image.Image(size=(SIZE, SIZE))
            self.next = 0
            say(k2='photo', size=SIZE, next=0)
        elif command == 'pixels':
            self.pixels(rest.split(' '))
        elif command == 'embed':
            self.embed()
        elif command == 'enrol':
            self.enrol = rest or 'face %d' % (len(self.gallery.faces) + 1)
        elif command == 'faces':
            say(k2='faces', names=[name for name, _ in self.gallery.faces])
        elif command == 'forget':
            self.gallery.forget()
        else:
            say(k2='error', message='unknown command ' + command)

    def pixels(self, parts):
        first, crc, data = int(parts[0]), int(parts[1]), ubinascii.a2b_base64(parts[2])
        if self.photo is not None and first == self.next and ubinascii.crc32(data, first) & 0xffffffff == crc:
            for i in range(0, len(data), 2):
                at = SIZE * SIZE - 1 - self.next if TURNED else self.next
                pixel = data[i] << 8 | data[i + 1]
                red, green, blue = pixel >> 11, pixel >> 5 & 63, pixel & 31
                self.photo.set_pixel(at % SIZE, at // SIZE, ((red * 255 + 15) // 31, (green * 255 + 31) // 63, (blue * 255 + 15) // 31))
                self.next += 1
        say(k2='pixels', next=self.next)

    def embed(self):
        if self.photo is None or self.next != SIZE * SIZE:
            say(k2='error', message='the photo is not complete')
            return
        self.photo.pix_to_ai()
        start = time.ticks_ms()
        values = self.model.run(self.photo)
        ms = time.ticks_diff(time.ticks_ms(), start)
        data = pack(values)
        say(k2='embedding', ms=ms, crc=ubinascii.crc32(data.encode()) & 0xffffffff, values=data)


def main():
    start = time.ticks_ms()
    model = Model(MODEL, MODEL_BYTES)
    finder = Finder()
    print('{"k2":"ready","ms":%d}' % time.ticks_diff(time.ticks_ms(), start))
    gallery = Gallery()
    remote = Remote(model, gallery)
    target = target_points()
    face = image.Image(size=(SIZE, SIZE))
    face.pix_to_ai()
    lcd.init()
    sensor.reset()
    sensor.set_pixformat(sensor.RGB565)
    sensor.set_framesize(sensor.QVGA)
    sensor.run(1)
    button = boot_button()
    while True:
        while remote.listen():
            time.sleep_ms(5)
        picture = sensor.snapshot()
        box = finder.largest(picture)
        if box is not None:
            transform = image.get_affine_transform(finder.points(picture, box), target)
            image.warp_affine_ai(picture, face, transform)
            vector = unit(model.run(face))
            if button is not None and button.value() == 0 and remote.enrol is None:
                remote.enrol = 'face %d' % (len(gallery.faces) + 1)
            if remote.enrol is not None:
                gallery.enrol(remote.enrol, vector)
                remote.enrol = None
            name, likeness = gallery.best(vector)
            known = likeness >= THRESHOLD
            picture.draw_rectangle(int(box[0]), int(box[1]), int(box[2]), int(box[3]), color=(0, 255, 0) if known else (255, 0, 0))
            picture.draw_string(int(box[0]), int(box[1]), '%s %.2f' % (name if known else '?', likeness), color=(255, 255, 255), scale=2)
        lcd.display(picture)
        gc.collect()


def boot_button():
    try:
        from fpioa_manager import fm
        from board import board_info
        fm.register(board_info.BOOT_KEY, fm.fpioa.GPIOHS0)
        return GPIO(GPIO.GPIOHS0, GPIO.IN)
    except Exception:
        return None


main()
