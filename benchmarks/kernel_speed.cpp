// What one input spike does to a core, as anyone would write it in C++: the measure of the kernel.
// Compiled by kernel_speed.py only; columns as in speckhal_mock/emulation/spikes/core_tables.py.
#include <algorithm>
#include <cstdint>

enum {
    IN_CHANNELS, IN_HEIGHT, IN_WIDTH, OUT_CHANNELS, OUT_HEIGHT, OUT_WIDTH, KERNEL, STRIDE_SHIFT_Y,
    STRIDE_SHIFT_X,
    PADDING_Y, PADDING_X, THRESHOLD_HIGH, THRESHOLD_LOW, RETURN_TO_ZERO, OVERFLOW_WRAPS,
    ZERO_WEIGHT_SKIPS, FLOOR_KEPT, FIRST_NEURON, FIRST_WEIGHT, FIRST_PLACE
};

static long take_event(
    const int64_t *facts, int16_t *neurons, const int8_t *weights, const int64_t *places,
    int64_t *counts, long channel, long y, long x, int64_t *fired, long room
) {
    const long channels = facts[OUT_CHANNELS], height = facts[OUT_HEIGHT], width = facts[OUT_WIDTH];
    const long kernel = facts[KERNEL], stride_y = 1L << facts[STRIDE_SHIFT_Y];
    const long stride_x = 1L << facts[STRIDE_SHIFT_X];
    const int high = facts[THRESHOLD_HIGH], low = facts[THRESHOLD_LOW];
    const bool to_zero = facts[RETURN_TO_ZERO], wraps = facts[OVERFLOW_WRAPS];
    const bool skips = facts[ZERO_WEIGHT_SKIPS], kept = facts[FLOOR_KEPT];
    long number = 0, step = 0, updates = 0, floored = 0, saturated = 0, residues = 0;
    for (long kx = 0; kx < kernel; kx++) {
        const long nx = x + facts[PADDING_X] - kx;
        if (nx < 0 || nx % stride_x || nx / stride_x >= width) continue;
        for (long ky = 0; ky < kernel; ky++) {
            const long ny = y + facts[PADDING_Y] - ky;
            if (ny < 0 || ny % stride_y || ny / stride_y >= height) continue;
            const long oy = ny / stride_y, ox = nx / stride_x;
            const int8_t *w =
                weights + facts[FIRST_WEIGHT] + ((channel * kernel + ky) * kernel + kx) * channels;
            int16_t *v = neurons + facts[FIRST_NEURON] + places[facts[FIRST_PLACE] + oy * width + ox];
            for (long f = 0; f < channels; f++) {
                step++;
                if (w[f] == 0 && skips) continue;
                updates++;
                int total = v[f] + w[f];
                if (total < -32768 || total > 32767) {
                    saturated++;
                    total = wraps ? (int16_t)total : std::min(std::max(total, -32768), 32767);
                }
                const int floor = kept ? std::min<int>(low, v[f]) : low;
                if (total < floor) {
                    floored++;
                    total = floor;
                }
                if (total >= high) {
                    total = to_zero ? 0 : total - high;
                    residues += total >= high;
                    fired[number] = f;
                    fired[room + number] = oy;
                    fired[2 * room + number] = ox;
                    fired[3 * room + number] = step;
                    number++;
                }
                v[f] = total;
            }
        }
    }
    const long found[] = {step, updates, floored, saturated, number, residues};
    for (int kind = 0; kind < 6; kind++) counts[kind] += found[kind];
    return number;
}

extern "C" long take_events(
    const int64_t *facts, int16_t *neurons, const int8_t *weights, const int64_t *places,
    int64_t *counts, const int64_t *events, long many, int64_t *fired, long room
) {
    long number = 0;
    for (long i = 0; i < many; i++)
        number += take_event(
            facts, neurons, weights, places, counts, events[i], events[many + i],
            events[2 * many + i], fired, room
        );
    return number;
}
