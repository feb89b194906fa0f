# Lives here: arithmetic on a row of eight slots, or of sixteen floats, as one vector. Independent of: what they are.

# Compilers unroll a loop over eight slots into eight scalars before they recognise a vector. So a row of slots has a
# type of its own, made of as many vector registers as the instruction set needs. A single vector type of all eight
# would be passed through memory where registers are shorter.
cdef extern from *:
    """
    #include <math.h>
    #if defined(__GNUC__) && !defined(LASSOCORE_PLAIN_C)
      #if defined(__AVX512F__)
        #define LASSOCORE_WORD 64
      #elif defined(__AVX__)
        #define LASSOCORE_WORD 32
      #else
        #define LASSOCORE_WORD 16
      #endif
      typedef double lassocore_word __attribute__((vector_size(LASSOCORE_WORD)));
      typedef double lassocore_loose_word __attribute__((vector_size(LASSOCORE_WORD), aligned(8), may_alias));
      typedef float lassocore_float_word __attribute__((vector_size(LASSOCORE_WORD)));
      typedef float lassocore_loose_float_word __attribute__((vector_size(LASSOCORE_WORD), aligned(4), may_alias));
      typedef float lassocore_loose_floats __attribute__((vector_size(LASSOCORE_WORD / 2), aligned(4), may_alias));
      #define LASSOCORE_ZERO ((lassocore_word){0})
      #define LASSOCORE_FLOAT_ZERO ((lassocore_float_word){0})
      #define LASSOCORE_FLOAT_WORDS (64 / LASSOCORE_WORD)
      #if LASSOCORE_WORD == 32
        #include <immintrin.h>      /* compilers convert four floats as two pairs */
        #define LASSOCORE_DOUBLES(x) _mm256_cvtps_pd(_mm_loadu_ps(x))
        #define LASSOCORE_STORE_FLOATS(x, v) _mm_storeu_ps(x, _mm256_cvtpd_ps(v))
      #else
        #define LASSOCORE_DOUBLES(x) __builtin_convertvector(*(const lassocore_loose_floats*)(x), lassocore_word)
        #define LASSOCORE_STORE_FLOATS(x, v) \
            *(lassocore_loose_floats*)(x) = __builtin_convertvector(v, lassocore_loose_floats)
      #endif
      #define LASSOCORE_INLINE static inline __attribute__((always_inline))
    #else
      #define LASSOCORE_WORD 8
      typedef double lassocore_word;
      typedef double lassocore_loose_word;
      typedef float lassocore_float_word;
      typedef float lassocore_loose_float_word;
      #define LASSOCORE_ZERO 0.0
      #define LASSOCORE_FLOAT_ZERO 0.0f
      #define LASSOCORE_FLOAT_WORDS 16
      #define LASSOCORE_DOUBLES(x) (*(x))
      #define LASSOCORE_STORE_FLOATS(x, v) (*(x) = (float)(v))
      #define LASSOCORE_INLINE static __inline
    #endif
    #define LASSOCORE_TILE (LASSOCORE_WORD / 8)
    #define LASSOCORE_WIDTH (LASSOCORE_WORD < 64 ? 1 : 2)
    #define LASSOCORE_CHAINS (LASSOCORE_WORD < 32 ? 1 : 2)
    typedef struct { lassocore_word part[64 / LASSOCORE_WORD]; } lassocore_slots;
    typedef struct { lassocore_float_word part[LASSOCORE_FLOAT_WORDS]; } lassocore_floats;
    #define LASSOCORE_EACH(assignment) { int k; for (k = 0; k < 64 / LASSOCORE_WORD; k++) { assignment; } }
    #define LASSOCORE_EACH_FLOAT(assignment) { int k; for (k = 0; k < LASSOCORE_FLOAT_WORDS; k++) { assignment; } }

    LASSOCORE_INLINE lassocore_slots lassocore_no_slots(void) {
        lassocore_slots v; LASSOCORE_EACH(v.part[k] = LASSOCORE_ZERO) return v;
    }
    LASSOCORE_INLINE lassocore_slots lassocore_equal_slots(double a) {
        lassocore_slots v; LASSOCORE_EACH(v.part[k] = LASSOCORE_ZERO + a) return v;
    }
    LASSOCORE_INLINE lassocore_slots lassocore_load_slots(const double* x) {
        lassocore_slots v; LASSOCORE_EACH(v.part[k] = ((const lassocore_loose_word*)x)[k]) return v;
    }
    LASSOCORE_INLINE lassocore_slots lassocore_load_floats(const float* x) {
        lassocore_slots v; LASSOCORE_EACH(v.part[k] = LASSOCORE_DOUBLES(x + k * LASSOCORE_WORD / 8)) return v;
    }
    LASSOCORE_INLINE void lassocore_store_slots(double* x, lassocore_slots v) {
        LASSOCORE_EACH(((lassocore_loose_word*)x)[k] = v.part[k])
    }
    LASSOCORE_INLINE lassocore_slots lassocore_add_scaled(lassocore_slots v, double a, lassocore_slots w) {
        LASSOCORE_EACH(v.part[k] += a * w.part[k]) return v;
    }
    LASSOCORE_INLINE lassocore_slots lassocore_add_product(lassocore_slots v, lassocore_slots w, lassocore_slots z) {
        LASSOCORE_EACH(v.part[k] += w.part[k] * z.part[k]) return v;
    }
    LASSOCORE_INLINE lassocore_slots lassocore_add_slots(lassocore_slots v, lassocore_slots w) {
        LASSOCORE_EACH(v.part[k] += w.part[k]) return v;
    }
    LASSOCORE_INLINE void lassocore_store_floats(float* x, lassocore_slots v) {
        LASSOCORE_EACH(LASSOCORE_STORE_FLOATS(x + k * LASSOCORE_WORD / 8, v.part[k]))
    }
    LASSOCORE_INLINE lassocore_floats lassocore_no_floats(void) {
        lassocore_floats v; LASSOCORE_EACH_FLOAT(v.part[k] = LASSOCORE_FLOAT_ZERO) return v;
    }
    LASSOCORE_INLINE lassocore_floats lassocore_add_scaled_floats(lassocore_floats v, float a, const float* w) {
        LASSOCORE_EACH_FLOAT(v.part[k] += a * ((const lassocore_loose_float_word*)w)[k]) return v;
    }
    LASSOCORE_INLINE void lassocore_copy_floats(float* x, lassocore_floats v) {
        LASSOCORE_EACH_FLOAT(((lassocore_loose_float_word*)x)[k] = v.part[k])
    }
    LASSOCORE_INLINE double lassocore_sum_slots(lassocore_slots v) {
        double x[8];
        lassocore_store_slots(x, v);
        return ((x[0] + x[1]) + (x[2] + x[3])) + ((x[4] + x[5]) + (x[6] + x[7]));
    }

    /* Two rows of two numbers become columns; left to a loop, compilers gather the numbers one by one. */
    LASSOCORE_INLINE void lassocore_transpose(const double* a, Py_ssize_t a_step, double* b, Py_ssize_t b_step) {
      #if LASSOCORE_WORD > 8
        typedef double loose_pair __attribute__((vector_size(16), aligned(8), may_alias));
        loose_pair first = *(const loose_pair*)a, second = *(const loose_pair*)(a + a_step);
        *(loose_pair*)b = (loose_pair){first[0], second[0]};
        *(loose_pair*)(b + b_step) = (loose_pair){first[1], second[1]};
      #else
        double first = a[1], second = a[a_step];
        b[0] = a[0]; b[1] = second;
        b[b_step] = first; b[b_step + 1] = a[a_step + 1];
      #endif
    }

    #if LASSOCORE_WORD > 8
      typedef long long lassocore_mask __attribute__((vector_size(LASSOCORE_WORD)));
      #define LASSOCORE_ABS(v) ((lassocore_word)((lassocore_mask)(v) & 0x7fffffffffffffff))
    #else
      #define LASSOCORE_ABS(v) fabs(v)
    #endif
    /* LASSOCORE_REACHES: the comparison of one word, in a form that can be joined by | and tested by LASSOCORE_ANY */
    #if LASSOCORE_WORD == 64
      #include <immintrin.h>
      #define LASSOCORE_MAX(v, w) _mm512_max_pd(v, w)
      #define LASSOCORE_REACHES(v, w) _mm512_cmp_pd_mask(v, w, _CMP_GE_OQ)
      #define LASSOCORE_ANY(mask) ((mask) != 0)
      typedef __mmask8 lassocore_reached;
    #elif LASSOCORE_WORD == 32
      #include <immintrin.h>
      #define LASSOCORE_MAX(v, w) _mm256_max_pd(v, w)
      #define LASSOCORE_REACHES(v, w) ((lassocore_mask)((v) >= (w)))
      #define LASSOCORE_ANY(mask) (_mm256_movemask_pd((lassocore_word)(mask)) != 0)
      typedef lassocore_mask lassocore_reached;
    #elif LASSOCORE_WORD == 16 && defined(__SSE2__)
      #include <emmintrin.h>
      #define LASSOCORE_MAX(v, w) _mm_max_pd(v, w)
      #define LASSOCORE_REACHES(v, w) ((lassocore_mask)((v) >= (w)))
      #define LASSOCORE_ANY(mask) (_mm_movemask_pd((lassocore_word)(mask)) != 0)
      typedef lassocore_mask lassocore_reached;
    #elif LASSOCORE_WORD == 16
      #define LASSOCORE_SELECT(m, v, w) ((lassocore_word)(((m) & (lassocore_mask)(v)) | (~(m) & (lassocore_mask)(w))))
      #define LASSOCORE_MAX(v, w) LASSOCORE_SELECT((lassocore_mask)((v) > (w)), v, w)
      #define LASSOCORE_REACHES(v, w) ((lassocore_mask)((v) >= (w)))
      #define LASSOCORE_ANY(mask) (((mask)[0] | (mask)[1]) != 0)
      typedef lassocore_mask lassocore_reached;
    #else
      #define LASSOCORE_MAX(v, w) ((v) > (w) ? (v) : (w))
      #define LASSOCORE_REACHES(v, w) ((v) >= (w))
      #define LASSOCORE_ANY(mask) (mask)
      typedef int lassocore_reached;
    #endif

    LASSOCORE_INLINE lassocore_slots lassocore_abs_slots(lassocore_slots v) {
        LASSOCORE_EACH(v.part[k] = LASSOCORE_ABS(v.part[k])) return v;
    }
    LASSOCORE_INLINE lassocore_slots lassocore_max_slots(lassocore_slots v, lassocore_slots w) {
        LASSOCORE_EACH(v.part[k] = LASSOCORE_MAX(v.part[k], w.part[k])) return v;
    }
    LASSOCORE_INLINE int lassocore_any_reaches(lassocore_slots v, lassocore_slots w) {
        lassocore_reached any = LASSOCORE_REACHES(v.part[0], w.part[0]);
        LASSOCORE_EACH(any |= LASSOCORE_REACHES(v.part[k], w.part[k]))
        return LASSOCORE_ANY(any);
    }
    """
    ctypedef struct Slots "lassocore_slots":
        pass
    ctypedef struct Floats "lassocore_floats":
        pass
    enum:
        WIDTH "LASSOCORE_WIDTH"  # how many Slots are multiplied by the same number
        TILE "LASSOCORE_TILE"   # how many Slots are summed at a time: half of the registers hold the sums
        CHAINS "LASSOCORE_CHAINS"  # of three sums each that registers hold
    Slots no_slots "lassocore_no_slots"() noexcept nogil
    Slots equal_slots "lassocore_equal_slots"(double a) noexcept nogil
    Slots load_slots "lassocore_load_slots"(const double* x) noexcept nogil
    Slots load_floats "lassocore_load_floats"(const float* x) noexcept nogil
    void store_slots "lassocore_store_slots"(double* x, Slots v) noexcept nogil
    # v + a w
    Slots add_scaled "lassocore_add_scaled"(Slots v, double a, Slots w) noexcept nogil
    # v + w z, slot by slot
    Slots add_product "lassocore_add_product"(Slots v, Slots w, Slots z) noexcept nogil
    Slots add_slots "lassocore_add_slots"(Slots v, Slots w) noexcept nogil
    double sum_slots "lassocore_sum_slots"(Slots v) noexcept nogil
    # x = v, rounded to single precision
    void store_floats "lassocore_store_floats"(float* x, Slots v) noexcept nogil
    Floats no_floats "lassocore_no_floats"() noexcept nogil
    # v + a w
    Floats add_scaled_floats "lassocore_add_scaled_floats"(Floats v, float a, const float* w) noexcept nogil
    # x = v
    void copy_floats "lassocore_copy_floats"(float* x, Floats v) noexcept nogil
    # b, (2, 2), is the transpose of a; the steps lead from row to row
    void transpose_pair "lassocore_transpose"(
        const double* a, Py_ssize_t a_step, double* b, Py_ssize_t b_step) noexcept nogil
    Slots abs_slots "lassocore_abs_slots"(Slots v) noexcept nogil
    Slots max_slots "lassocore_max_slots"(Slots v, Slots w) noexcept nogil
    # Whether v >= w in any slot
    bint any_reaches "lassocore_any_reaches"(Slots v, Slots w) noexcept nogil


cdef inline Slots scaled_slots(double a, Slots v) noexcept nogil:
    """a v"""
    return add_scaled(no_slots(), a, v)
