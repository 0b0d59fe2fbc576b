// Takes a session over from the page that shows the code, runs the provider's SDK with what the session says, and reports
// each step. Give takeOver what the QR code says, or the fragment of the link (https://baton.example.com/go).
// Packages: http, uqudosdk_flutter

import 'dart:async';
import 'dart:convert';
import 'dart:math';

import 'package:flutter/material.dart';
import 'package:flutter/services.dart';
import 'package:http/http.dart' as http;
import 'package:uqudosdk_flutter/UqudoIdPlugin.dart';
import 'package:uqudosdk_flutter/uqudosdk_flutter.dart';

const server = 'https://baton.example.com';

/// The phone's calls to Baton for one session.
class Handoff {
  Handoff(this.text);

  final String text;

  // The phone's own secret: only this phone can go on with the session that it has taken.
  final String _device = base64Url.encode(List.generate(32, (_) => Random.secure().nextInt(256))).replaceAll('=', '');

  Future<void> _reports = Future.value();

  Future<Map<String, dynamic>> open() => _call('POST', '/open');

  Future<void> confirm({required bool agree, String? number}) =>
      _call('POST', '/confirm', {'agree': agree, if (number != null) 'number': number});

  Future<Map<String, dynamic>> claim() => _call('GET', '');

  /// Reports one event after the one before it. A lost report is no reason to stop the person.
  Future<void> report(Map<String, dynamic> event) =>
      _reports = _reports.then((_) => _call('POST', '/events', event)).then<void>((_) {}, onError: (_) {});

  Future<Map<String, dynamic>> _call(String method, String path, [Map<String, dynamic>? body]) async {
    final request = http.Request(method, Uri.parse('$server/api/v1/session$path'))
      ..headers['Authorization'] = text // without a word like Bearer before it
      ..headers['Baton-Device'] = _device;
    if (body != null) {
      request
        ..headers['Content-Type'] = 'application/json'
        ..bodyBytes = utf8.encode(jsonEncode(body));
    }
    final answer = await http.Response.fromStream(await request.send().timeout(const Duration(seconds: 10)));
    final said = answer.body.isEmpty ? <String, dynamic>{} : jsonDecode(answer.body) as Map<String, dynamic>;
    if (answer.statusCode >= 400) throw HandoffException('${said['message'] ?? 'The server did not answer.'}');
    return said;
  }
}

class HandoffException implements Exception {
  HandoffException(this.message);
  final String message;
}

/// Runs a whole hand-over. It throws a HandoffException whose message can be shown.
Future<void> takeOver(BuildContext context, String text) async {
  final handoff = Handoff(text);
  final opened = await handoff.open(); // claims nothing: says who asks, and whether the person has to agree
  final confirm = opened['confirm'] as String;
  if (confirm != 'none') {
    if (!context.mounted) return;
    final answer = await _ask(context, '${opened['requester']?['name'] ?? ''}', number: confirm == 'number');
    await handoff.confirm(agree: answer.agree, number: answer.number);
    if (!answer.agree) return;
  }
  final session = await handoff.claim(); // sessionId, token, data

  // The SDK's trace goes on as it comes: Baton makes the steps of it.
  final trace = const EventChannel('io.uqudo.sdk.id/trace').receiveBroadcastStream().listen((event) {
    if (event is String) unawaited(handoff.report(jsonDecode(event) as Map<String, dynamic>));
  });
  UqudoIdPlugin.init();
  try {
    // data is what your backend gave at the creation: here the Base64 of a JSON object.
    final data = jsonDecode(utf8.decode(base64.decode(session['data'] as String))) as Map<String, dynamic>;
    final enrolment = EnrollmentBuilder()
      ..setToken(session['token'] as String)
      ..setSessionId(session['sessionId'] as String); // becomes the jti of the result
    for (final wanted in data['documents'] as List<dynamic>) {
      final document = DocumentBuilder()..setDocumentType(DocumentType.values.byName(wanted['documentType'] as String));
      if (wanted['reading']?['enabled'] == true) document.enableReading();
      enrolment.add(document.build());
    }
    if (data['facialRecognition']?['enabled'] == true) enrolment.enableFacialRecognition();
    await UqudoIdPlugin.enroll(enrolment.build()); // the result itself is fetched by your backend
  } on PlatformException catch (problem) {
    // The SDK says why it ended early; the page is told, so that nobody waits for nothing.
    final cancelled = problem.code == 'USER_CANCEL';
    await handoff.report({'status': cancelled ? 'cancelled' : 'failed', 'reason': problem.code});
    if (!cancelled) throw HandoffException(problem.message ?? 'That did not work.');
  } finally {
    await trace.cancel();
  }
}

Future<({bool agree, String? number})> _ask(BuildContext context, String name, {required bool number}) async {
  final digits = TextEditingController();
  final agreed = await showDialog<bool>(
    context: context,
    barrierDismissible: false,
    builder: (context) => AlertDialog(
      title: Text('Start for $name?'),
      content: number
          ? TextField(
              controller: digits,
              keyboardType: TextInputType.number,
              decoration: const InputDecoration(labelText: 'The two digits that the page shows'),
            )
          : const Text('Go on only if you have the page in front of you.'),
      actions: [
        TextButton(onPressed: () => Navigator.pop(context, false), child: const Text('Not now')),
        TextButton(onPressed: () => Navigator.pop(context, true), child: const Text('Start')),
      ],
    ),
  );
  return (agree: agreed ?? false, number: number ? digits.text : null);
}
