;; Steps over profiles and notes where their parts lie, as strict as JSON.parse, and strict about UTF-8 too. It takes 16
;; bytes of a text at once, which JavaScript cannot. At a profile with anything wrong or rare in it it stops, and
;; profile-parts.ts takes that one. `npm run assemble` makes scan-profiles.ts of this.
;;
;; The memory: what ends the objects and lists it is inside of, a byte each, from 0 to 1023; from 1024 what is noted of
;; the profiles, ten offsets each as in page-slices.ts; from 65536 JSON that ends with a zero byte, behind which 16 bytes
;; can be read. Where something ends is 0 where there is none, or it is not as it should be.
(module
  (memory (export "memory") 5)

  ;; Where the member $last_seen begins in the last object, and where its value.
  (global $seenKey (mut i32) (i32.const 0))
  (global $seenAt (mut i32) (i32.const 0))
  ;; Whether the last key has an escape: then it may be one that is looked for, spelled otherwise.
  (global $hasEscape (mut i32) (i32.const 0))

  ;; Notes the profiles from $at on, as many as it can, with $origin taken off. Where the notes end.
  (func (export "scanProfiles") (param $at i32) (param $origin i32) (result i32)
    (local $record i32)
    (local.set $record (i32.const 1024))
    (loop $next
      (local.set $at (call $profileEnd (local.get $at) (local.get $record) (local.get $origin)))
      (if (i32.eqz (local.get $at)) (then (return (local.get $record))))
      (local.set $record (i32.add (local.get $record) (i32.const 40)))
      (if (i32.eq (local.get $record) (i32.const 61024)) (then (return (local.get $record))))
      (if (i32.ne (i32.load8_u (local.get $at)) (i32.const 0x2c)) (then (return (local.get $record))))
      (local.set $at (call $spaceEnd (i32.add (local.get $at) (i32.const 1))))
      (br $next))
    (unreachable))

  (func $profileEnd (param $at i32) (param $record i32) (param $origin i32) (result i32)
    (local $start i32) (local $length i32) (local $value i32) (local $byte i32)
    (if (i32.ne (i32.load8_u (local.get $at)) (i32.const 0x7b)) (then (return (i32.const 0))))
    (v128.store (local.get $record) (v128.const i64x2 0 0))
    (v128.store offset=16 (local.get $record) (v128.const i64x2 0 0))
    (i64.store offset=32 (local.get $record) (i64.const 0))
    (i32.store (local.get $record) (i32.sub (local.get $at) (local.get $origin)))
    (local.set $byte (i32.const 0x2c))
    (if (i32.eq (i32.load8_u offset=1 (local.get $at)) (i32.const 0x7d)) (then
      (local.set $byte (i32.const 0x7d))
      (local.set $at (i32.add (local.get $at) (i32.const 1)))))
    (loop $next
      (local.set $at (i32.add (local.get $at) (i32.const 1)))
      (if (i32.eq (local.get $byte) (i32.const 0x2c)) (then
        (local.set $start (call $spaceEnd (local.get $at)))
        (global.set $hasEscape (i32.const 0))
        (if (i32.ne (i32.load8_u (local.get $start)) (i32.const 0x22)) (then (return (i32.const 0))))
        (local.set $at (call $stringEnd (local.get $start)))
        (if (global.get $hasEscape) (then (return (i32.const 0))))
        ;; No colon stands at 0 either, where a broken string ends.
        (if (i32.ne (i32.load8_u (local.get $at)) (i32.const 0x3a)) (then (return (i32.const 0))))
        (local.set $length (i32.sub (local.get $at) (local.get $start)))
        (local.set $value (call $spaceEnd (i32.add (local.get $at) (i32.const 1))))
        (local.set $at (call $valueEnd (local.get $value)))
        (if (i32.eqz (local.get $at)) (then (return (i32.const 0))))
        (if (call $isDistinctId (local.get $start) (local.get $length)) (then
          (if (call $isId (local.get $value) (local.get $at))
            (then
              (i32.store offset=8 (local.get $record) (i32.sub (local.get $value) (local.get $origin)))
              (i32.store offset=12 (local.get $record) (i32.sub (local.get $at) (local.get $origin))))
            (else (i64.store offset=8 (local.get $record) (i64.const 0))))))
        (if (call $isProperties (local.get $start) (local.get $length)) (then
          (if (i32.ne (i32.load8_u (local.get $value)) (i32.const 0x7b)) (then (return (i32.const 0))))
          (i32.store offset=16 (local.get $record) (i32.sub (local.get $value) (local.get $origin)))
          (i32.store offset=20 (local.get $record) (i32.sub (local.get $at) (local.get $origin)))
          (call $noteLastSeen (local.get $record) (local.get $origin))))
        (local.set $byte (i32.load8_u (local.get $at)))
        (br $next))))
    (if (i32.ne (local.get $byte) (i32.const 0x7d)) (then (return (i32.const 0))))
    (i32.store offset=4 (local.get $record) (i32.sub (local.get $at) (local.get $origin)))
    (local.get $at))

  (func $isDistinctId (param $at i32) (param $length i32) (result i32)
    (i32.and (i32.eq (local.get $length) (i32.const 14))
      (i32.and
        (i64.eq (i64.load offset=1 align=1 (local.get $at)) (i64.const 0x636e697473696424)) ;; $distinc
        (i32.eq (i32.load offset=9 align=1 (local.get $at)) (i32.const 0x64695f74))))) ;; t_id

  (func $isProperties (param $at i32) (param $length i32) (result i32)
    (i32.and (i32.eq (local.get $length) (i32.const 13))
      (i32.and
        (i64.eq (i64.load offset=1 align=1 (local.get $at)) (i64.const 0x747265706f727024)) ;; $propert
        (i32.eq (i32.load offset=9 align=1 (local.get $at)) (i32.const 0x22736569))))) ;; ies"

  (func $isLastSeen (param $at i32) (param $length i32) (result i32)
    (i32.and (i32.eq (local.get $length) (i32.const 12))
      (i32.and
        (i64.eq (i64.load offset=1 align=1 (local.get $at)) (i64.const 0x65735f7473616c24)) ;; $last_se
        (i32.eq (i32.load16_u offset=9 align=1 (local.get $at)) (i32.const 0x6e65))))) ;; en

  ;; Whether the value is a text that is not empty, or a number.
  (func $isId (param $at i32) (param $end i32) (result i32)
    (local $first i32)
    (local.set $first (i32.load8_u (local.get $at)))
    (if (i32.eq (local.get $first) (i32.const 0x22)) (then
      (return (i32.gt_u (i32.sub (local.get $end) (local.get $at)) (i32.const 2)))))
    (i32.or
      (i32.eq (local.get $first) (i32.const 0x2d))
      (i32.lt_u (i32.sub (local.get $first) (i32.const 0x30)) (i32.const 10))))

  ;; Notes the $last_seen of the properties that were stepped over last, where it is text, and what to leave out of them:
  ;; the member with the comma before it, or with the one behind it where it is the first.
  (func $noteLastSeen (param $record i32) (param $origin i32)
    (local $end i32) (local $cut i32)
    (v128.store offset=24 (local.get $record) (v128.const i64x2 0 0))
    (if (i32.eqz (global.get $seenKey)) (then (return)))
    (if (i32.ne (i32.load8_u (global.get $seenAt)) (i32.const 0x22)) (then (return)))
    (local.set $end (call $stringEnd (global.get $seenAt)))
    (i32.store offset=24 (local.get $record) (i32.sub (global.get $seenAt) (local.get $origin)))
    (i32.store offset=28 (local.get $record) (i32.sub (local.get $end) (local.get $origin)))
    (local.set $cut (global.get $seenKey))
    (loop $more
      (local.set $cut (i32.sub (local.get $cut) (i32.const 1)))
      (br_if $more (i32.eq (i32.load8_u (local.get $cut)) (i32.const 0x20))))
    (if (i32.ne (i32.load8_u (local.get $cut)) (i32.const 0x2c)) (then
      (local.set $cut (global.get $seenKey))
      (if (i32.eq (i32.load8_u (local.get $end)) (i32.const 0x2c)) (then
        (local.set $end (call $spaceEnd (i32.add (local.get $end) (i32.const 1))))))))
    (i32.store offset=32 (local.get $record) (i32.sub (local.get $cut) (local.get $origin)))
    (i32.store offset=36 (local.get $record) (i32.sub (local.get $end) (local.get $origin))))

  (func $valueEnd (param $at i32) (result i32)
    (local $depth i32) (local $close i32) (local $byte i32) (local $start i32) (local $isSeen i32)
    (global.set $seenKey (i32.const 0))
    (loop $next
      (if (i32.eq (local.get $close) (i32.const 0x7d)) (then ;; in an object: a key and its colon
        (local.set $start (local.get $at))
        (global.set $hasEscape (i32.const 0))
        (if (i32.ne (i32.load8_u (local.get $at)) (i32.const 0x22)) (then (return (i32.const 0))))
        (local.set $at (call $stringEnd (local.get $at)))
        (local.set $isSeen (i32.const 0))
        (if (i32.eq (local.get $depth) (i32.const 1)) (then
          (if (global.get $hasEscape) (then (return (i32.const 0))))
          (local.set $isSeen (call $isLastSeen (local.get $start) (i32.sub (local.get $at) (local.get $start))))))
        ;; No colon stands at 0 either, where a broken string ends.
        (if (i32.ne (i32.load8_u (local.get $at)) (i32.const 0x3a)) (then (return (i32.const 0))))
        (local.set $at (i32.add (local.get $at) (i32.const 1)))
        (if (i32.eq (i32.load8_u (local.get $at)) (i32.const 0x20)) (then (local.set $at (call $spaceEnd (local.get $at)))))
        (if (local.get $isSeen) (then
          (if (global.get $seenKey) (then (return (i32.const 0)))) ;; twice
          (global.set $seenKey (local.get $start))
          (global.set $seenAt (local.get $at))))))

      (local.set $byte (i32.load8_u (local.get $at)))
      (if (i32.eq (local.get $byte) (i32.const 0x22)) (then
        (local.set $at (call $stringEnd (local.get $at))))
      (else (if (i32.eq (i32.or (local.get $byte) (i32.const 0x20)) (i32.const 0x7b)) (then ;; { or [, whose ends are 2 behind
        (local.set $byte (i32.add (local.get $byte) (i32.const 2)))
        (local.set $at (i32.add (local.get $at) (i32.const 1)))
        (if (i32.ne (i32.load8_u (local.get $at)) (local.get $byte)) (then
          (if (i32.eq (local.get $depth) (i32.const 1024)) (then (return (i32.const 0))))
          (i32.store8 (local.get $depth) (local.get $close))
          (local.set $depth (i32.add (local.get $depth) (i32.const 1)))
          (local.set $close (local.get $byte))
          (br $next)))
        (local.set $at (i32.add (local.get $at) (i32.const 1))))
      (else
        (local.set $at (call $scalarEnd (local.get $at) (local.get $byte)))))))
      (if (i32.eqz (local.get $at)) (then (return (i32.const 0))))

      (loop $ended
        (if (i32.eqz (local.get $depth)) (then (return (local.get $at))))
        (local.set $byte (i32.load8_u (local.get $at)))
        (local.set $at (i32.add (local.get $at) (i32.const 1)))
        (if (i32.ne (local.get $byte) (i32.const 0x2c)) (then
          (if (i32.ne (local.get $byte) (local.get $close)) (then (return (i32.const 0))))
          (local.set $depth (i32.sub (local.get $depth) (i32.const 1)))
          (local.set $close (i32.load8_u (local.get $depth)))
          (br $ended))))
      (if (i32.eq (i32.load8_u (local.get $at)) (i32.const 0x20)) (then (local.set $at (call $spaceEnd (local.get $at)))))
      (br $next))
    (unreachable))

  ;; Servers send a space behind a colon or a comma, or none. Other white space is left to profile-parts.ts. $valueEnd
  ;; looks for a space before it calls this: calls for nothing took a tenth of the time.
  (func $spaceEnd (param $at i32) (result i32)
    (loop $more
      (if (i32.eq (i32.load8_u (local.get $at)) (i32.const 0x20)) (then
        (local.set $at (i32.add (local.get $at) (i32.const 1)))
        (br $more))))
    (local.get $at))

  ;; Where the string ends whose first quote is at $at.
  (func $stringEnd (param $at i32) (result i32)
    (local $bytes v128) (local $found i32) (local $byte i32)
    (local.set $at (i32.add (local.get $at) (i32.const 1)))
    (loop $more
      (local.set $bytes (v128.load align=1 (local.get $at)))
      (local.set $found (i8x16.bitmask (v128.or
        (v128.or
          (i8x16.eq (local.get $bytes) (i8x16.splat (i32.const 0x22)))
          (i8x16.eq (local.get $bytes) (i8x16.splat (i32.const 0x5c))))
        (i8x16.lt_s (local.get $bytes) (i8x16.splat (i32.const 0x20)))))) ;; with signs 0x80 and more are below 0
      (if (i32.eqz (local.get $found)) (then
        (local.set $at (i32.add (local.get $at) (i32.const 16)))
        (br $more)))
      (local.set $at (i32.add (local.get $at) (i32.ctz (local.get $found))))
      (local.set $byte (i32.load8_u (local.get $at)))
      (if (i32.ne (local.get $byte) (i32.const 0x22)) (then
        (local.set $at (if (result i32) (i32.eq (local.get $byte) (i32.const 0x5c))
          (then (call $escapeEnd (local.get $at)))
          (else (call $sequenceEnd (local.get $at) (local.get $byte)))))
        (br_if $more (local.get $at))
        (return (i32.const 0)))))
    (i32.add (local.get $at) (i32.const 1)))

  (func $escapeEnd (param $at i32) (result i32)
    (local $kind i32)
    (global.set $hasEscape (i32.const 1))
    (local.set $kind (i32.load8_u offset=1 (local.get $at)))
    (if (i32.eq (local.get $kind) (i32.const 0x75)) (then
      (return (select (i32.add (local.get $at) (i32.const 6)) (i32.const 0) (i32.and
        (i32.and (call $isHex (i32.load8_u offset=2 (local.get $at))) (call $isHex (i32.load8_u offset=3 (local.get $at))))
        (i32.and (call $isHex (i32.load8_u offset=4 (local.get $at))) (call $isHex (i32.load8_u offset=5 (local.get $at)))))))))
    (select (i32.add (local.get $at) (i32.const 2)) (i32.const 0) (i32.or
      (i32.or
        (i32.or (i32.eq (local.get $kind) (i32.const 0x22)) (i32.eq (local.get $kind) (i32.const 0x5c)))
        (i32.or (i32.eq (local.get $kind) (i32.const 0x2f)) (i32.eq (local.get $kind) (i32.const 0x6e))))
      (i32.or
        (i32.or (i32.eq (local.get $kind) (i32.const 0x62)) (i32.eq (local.get $kind) (i32.const 0x66)))
        (i32.or (i32.eq (local.get $kind) (i32.const 0x72)) (i32.eq (local.get $kind) (i32.const 0x74)))))))

  (func $isHex (param $byte i32) (result i32)
    (i32.or
      (i32.lt_u (i32.sub (local.get $byte) (i32.const 0x30)) (i32.const 10))
      (i32.lt_u (i32.sub (i32.or (local.get $byte) (i32.const 0x20)) (i32.const 0x61)) (i32.const 6))))

  ;; Where a character of several bytes ends, as RFC 3629 allows it: no overlong form, no surrogate, nothing beyond U+10FFFF.
  (func $sequenceEnd (param $at i32) (param $lead i32) (result i32)
    (local $second i32) (local $least i32) (local $most i32) (local $length i32)
    (local.set $second (i32.load8_u offset=1 (local.get $at)))
    (local.set $least (i32.const 0x80))
    (local.set $most (i32.const 0xbf))
    (if (i32.lt_u (i32.sub (local.get $lead) (i32.const 0xc2)) (i32.const 30)) (then (local.set $length (i32.const 2)))
    (else (if (i32.eq (i32.and (local.get $lead) (i32.const 0xf0)) (i32.const 0xe0)) (then
      (local.set $length (i32.const 3))
      (if (i32.eq (local.get $lead) (i32.const 0xe0)) (then (local.set $least (i32.const 0xa0))))
      (if (i32.eq (local.get $lead) (i32.const 0xed)) (then (local.set $most (i32.const 0x9f)))))
    (else (if (i32.lt_u (i32.sub (local.get $lead) (i32.const 0xf0)) (i32.const 5)) (then
      (local.set $length (i32.const 4))
      (if (i32.eq (local.get $lead) (i32.const 0xf0)) (then (local.set $least (i32.const 0x90))))
      (if (i32.eq (local.get $lead) (i32.const 0xf4)) (then (local.set $most (i32.const 0x8f)))))
    (else (return (i32.const 0))))))))
    (if (i32.or
          (i32.lt_u (local.get $second) (local.get $least))
          (i32.gt_u (local.get $second) (local.get $most)))
      (then (return (i32.const 0))))
    (local.set $at (i32.add (local.get $at) (i32.const 2)))
    (loop $more
      (if (i32.gt_u (local.get $length) (i32.const 2)) (then
        (if (i32.ne (i32.and (i32.load8_u (local.get $at)) (i32.const 0xc0)) (i32.const 0x80)) (then (return (i32.const 0))))
        (local.set $at (i32.add (local.get $at) (i32.const 1)))
        (local.set $length (i32.sub (local.get $length) (i32.const 1)))
        (br $more))))
    (local.get $at))

  (func $scalarEnd (param $at i32) (param $first i32) (result i32)
    (if (i32.eq (local.get $first) (i32.const 0x6e)) (then ;; null
      (return (select (i32.add (local.get $at) (i32.const 4)) (i32.const 0)
        (i32.eq (i32.load align=1 (local.get $at)) (i32.const 0x6c6c756e))))))
    (if (i32.eq (local.get $first) (i32.const 0x74)) (then ;; true
      (return (select (i32.add (local.get $at) (i32.const 4)) (i32.const 0)
        (i32.eq (i32.load align=1 (local.get $at)) (i32.const 0x65757274))))))
    (if (i32.eq (local.get $first) (i32.const 0x66)) (then ;; false
      (return (select (i32.add (local.get $at) (i32.const 5)) (i32.const 0)
        (i32.eq (i32.load offset=1 align=1 (local.get $at)) (i32.const 0x65736c61))))))
    (call $numberEnd (i32.add (local.get $at) (i32.eq (local.get $first) (i32.const 0x2d)))))

  (func $numberEnd (param $at i32) (result i32)
    (local $sign i32)
    (if (i32.eq (i32.load8_u (local.get $at)) (i32.const 0x30))
      (then (local.set $at (i32.add (local.get $at) (i32.const 1))))
      (else (if (i32.eqz (local.tee $at (call $digitsEnd (local.get $at)))) (then (return (i32.const 0))))))
    (if (i32.eq (i32.load8_u (local.get $at)) (i32.const 0x2e)) (then
      (if (i32.eqz (local.tee $at (call $digitsEnd (i32.add (local.get $at) (i32.const 1))))) (then (return (i32.const 0))))))
    (if (i32.ne (i32.or (i32.load8_u (local.get $at)) (i32.const 0x20)) (i32.const 0x65)) (then (return (local.get $at))))
    (local.set $sign (i32.load8_u offset=1 (local.get $at)))
    (call $digitsEnd (i32.add (i32.add (local.get $at) (i32.const 1))
      (i32.or (i32.eq (local.get $sign) (i32.const 0x2b)) (i32.eq (local.get $sign) (i32.const 0x2d))))))

  ;; Where digits end, of which there is at least one.
  (func $digitsEnd (param $start i32) (result i32)
    (local $at i32)
    (local.set $at (local.get $start))
    (loop $more
      (if (i32.lt_u (i32.sub (i32.load8_u (local.get $at)) (i32.const 0x30)) (i32.const 10)) (then
        (local.set $at (i32.add (local.get $at) (i32.const 1)))
        (br $more))))
    (select (local.get $at) (i32.const 0) (i32.gt_u (local.get $at) (local.get $start)))))
