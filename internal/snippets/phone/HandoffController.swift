// Takes a session over from the page that shows the code, runs the provider's SDK with what the session says, and reports
// each step. Give start(text:) what the QR code says, or the fragment of the link (a Universal Link for
// https://baton.example.com/go).
// Package: UqudoSDK

import Foundation
import Security
import UIKit
import UqudoSDK

let server = "https://baton.example.com"

struct HandoffError: LocalizedError {
    let errorDescription: String?
}

/// The phone's calls to Baton for one session. An actor, so that reports leave in the order in which they happen.
actor Handoff {
    struct Opened: Decodable {
        struct Requester: Decodable { let name: String? }
        let requester: Requester?
        let confirm: String
    }
    struct Session: Decodable {
        let sessionId: String, token: String, data: String
    }

    private let text: String
    // The phone's own secret: only this phone can go on with the session that it has taken.
    private let device: String
    private var last: Task<Void, Never>?

    init(text: String) {
        self.text = text
        var bytes = [UInt8](repeating: 0, count: 32)
        guard SecRandomCopyBytes(kSecRandomDefault, bytes.count, &bytes) == errSecSuccess else {
            fatalError("this phone has no random numbers")
        }
        device = Data(bytes).base64EncodedString()
            .replacingOccurrences(of: "+", with: "-").replacingOccurrences(of: "/", with: "_")
            .replacingOccurrences(of: "=", with: "")
    }

    func open() async throws -> Opened { try JSONDecoder().decode(Opened.self, from: await call("POST", "/open")) }

    func confirm(agree: Bool, number: String?) async throws {
        var body: [String: Any] = ["agree": agree]
        if let number { body["number"] = number }
        _ = try await call("POST", "/confirm", body)
    }

    func claim() async throws -> Session { try JSONDecoder().decode(Session.self, from: await call("GET", "")) }

    /// Reports one event after the one before it. A lost report is no reason to stop the person.
    func report(_ event: [String: String]) {
        let before = last
        last = Task {
            await before?.value
            _ = try? await call("POST", "/events", event)
        }
    }

    private func call(_ method: String, _ path: String, _ body: [String: Any]? = nil) async throws -> Data {
        var request = URLRequest(url: URL(string: server + "/api/v1/session" + path)!, timeoutInterval: 10)
        request.httpMethod = method
        request.setValue(text, forHTTPHeaderField: "Authorization") // without a word like Bearer before it
        request.setValue(device, forHTTPHeaderField: "Baton-Device")
        if let body {
            request.httpBody = try JSONSerialization.data(withJSONObject: body)
            request.setValue("application/json", forHTTPHeaderField: "Content-Type")
        }
        let (data, response) = try await URLSession.shared.data(for: request)
        guard let status = (response as? HTTPURLResponse)?.statusCode, status < 400 else {
            let said = (try? JSONSerialization.jsonObject(with: data)) as? [String: Any]
            throw HandoffError(errorDescription: said?["message"] as? String ?? "The server did not answer.")
        }
        return data
    }
}

/// Passes the SDK's trace on. Create it once, when the app starts: UQBuilderController(tracer:) takes it.
final class StepReports: UQTracer {
    static let shared = StepReports()
    var handoff: Handoff?
    private var order: Task<Void, Never>?

    override func trace(_ trace: UQTrace) {
        let pages = [TP_SCAN: "SCAN", TP_READ: "READ", TP_FACE: "FACE", TP_BACKGROUND_CHECK: "BACKGROUND_CHECK"]
        let done = trace.status == TS_SUCCESS
        switch (trace.event, pages[trace.page]) {
        case (TE_COMPLETE, let step?) where done: send(["service": step])
        case (TE_SKIP, let step?): send(["skipped": step])
        case (TE_FINISH, _) where done: send(["service": "INFO"]) // the provider has the result
        case (TE_FINISH, _) where trace.statusCode == TSC_USER_CANCEL: send(["status": "cancelled", "reason": "USER_CANCEL"])
        case (TE_FINISH, _): send(["status": "failed", "reason": "UNEXPECTED_ERROR"])
        default: break
        }
    }

    func send(_ event: [String: String]) {
        guard let handoff else { return }
        let before = order
        order = Task {
            await before?.value
            await handoff.report(event)
        }
    }
}

final class HandoffController: UIViewController, UQBuilderControllerDelegate {
    /// What your backend gave at the creation: here the Base64 of a JSON object.
    private struct Enrolment: Decodable {
        struct Switch: Decodable { let enabled: Bool? }
        struct Document: Decodable { let documentType: String; let reading: Switch? }
        let documents: [Document]
        let facialRecognition: Switch?
    }

    @MainActor
    func start(text: String) async {
        do {
            let handoff = Handoff(text: text)
            let opened = try await handoff.open() // claims nothing: says who asks, and whether the person has to agree
            if opened.confirm != "none" {
                let (agree, number) = await ask(name: opened.requester?.name ?? "", number: opened.confirm == "number")
                try await handoff.confirm(agree: agree, number: number)
                if !agree { return dismiss(animated: true) }
            }
            let session = try await handoff.claim()
            StepReports.shared.handoff = handoff
            guard let json = Data(base64Encoded: session.data) else { throw HandoffError(errorDescription: "This code is not for this app.") }
            enrol(session, try JSONDecoder().decode(Enrolment.self, from: json))
        } catch {
            tell(error.localizedDescription)
        }
    }

    private func enrol(_ session: Handoff.Session, _ wanted: Enrolment) {
        let enrolment = UQEnrollmentBuilder()
        enrolment.authorizationToken = session.token
        enrolment.sessionID = session.sessionId // becomes the jti of the result
        let types = ["PASSPORT": PASSPORT, "UAE_ID": UAE_ID] // those that your backend asks for
        for document in wanted.documents {
            guard let type = types[document.documentType] else { return tell("This app cannot scan such a document yet.") }
            let config = UQDocumentConfig(documentType: type.rawValue)
            let reading = UQReadingConfig()
            reading.enableReading = document.reading?.enabled ?? false
            config.reading = reading
            enrolment.add(config)
        }
        let face = UQFacialRecognitionConfig()
        face.enableFacialRecognition = wanted.facialRecognition?.enabled ?? false
        enrolment.facialRecognitionConfig = face
        let controller = UQBuilderController.defaultBuilder()
        controller.delegate = self
        controller.appViewController = self
        controller.setEnrollment(enrolment)
        controller.performEnrollment()
    }

    // The result itself is fetched by your backend. The page goes on by itself.
    func didEnrollmentComplete(withInfo info: String) { dismiss(animated: true) }

    // StepReports has told the page why, so that nobody waits for nothing.
    func didEnrollmentIncomplete(with status: UQSessionStatus) { dismiss(animated: true) }

    func didEnrollmentFailWithError(_ error: Error) {
        StepReports.shared.send(["status": "failed", "reason": "UNEXPECTED_ERROR"])
        tell(error.localizedDescription)
    }

    @MainActor
    private func ask(name: String, number: Bool) async -> (Bool, String?) {
        await withCheckedContinuation { answer in
            let alert = UIAlertController(
                title: "Start for \(name)?",
                message: number ? "Enter the two digits that the page shows." : "Go on only if you have the page in front of you.",
                preferredStyle: .alert)
            if number { alert.addTextField { $0.keyboardType = .numberPad } }
            alert.addAction(UIAlertAction(title: "Not now", style: .cancel) { _ in answer.resume(returning: (false, nil)) })
            alert.addAction(UIAlertAction(title: "Start", style: .default) { _ in
                answer.resume(returning: (true, alert.textFields?.first?.text))
            })
            present(alert, animated: true)
        }
    }

    private func tell(_ message: String) {
        let alert = UIAlertController(title: nil, message: message, preferredStyle: .alert)
        alert.addAction(UIAlertAction(title: "OK", style: .default) { _ in self.dismiss(animated: true) })
        present(alert, animated: true)
    }
}
